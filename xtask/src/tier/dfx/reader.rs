//! Reads the dfx.json in the folder it is started in as dfx reads it, and prints what was
//! understood as JSON.

use dfx_core::config::model::dfinity::Config;

fn main() {
    let read = Config::from_current_dir(None).expect("dfx reads it");
    let config = read.expect("there is a dfx.json");
    println!("{}", serde_json::to_string(config.get_config()).expect("it is JSON"));
}
