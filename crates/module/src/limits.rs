//! Every bound, with its unit and origin.

/// Bytes of a module, as it is and unpacked: what the network accepts.
pub const MODULE_BYTES_MAX: usize = 100 << 20;
/// Bytes of the names and contents of all metadata sections: what the network accepts.
pub const METADATA_BYTES_MAX: usize = 1 << 20;
/// Metadata sections: what the network accepts.
pub const METADATA_SECTIONS_MAX: usize = 16;
/// Sections of a module. Compilers write some twenty, and every one costs a step.
pub const SECTIONS_MAX: usize = 200;
/// Exports of a module: the thousand methods the network accepts, with room for what is no method.
pub const EXPORTS_MAX: usize = 2_000;
/// Imports of a module: the network's interface has some two hundred functions.
pub const IMPORTS_MAX: usize = 1_000;
/// Bytes of a name that is exported or imported: what the network accepts of all names together.
pub const NAME_BYTES_MAX: usize = 20_000;
/// Bytes of the name, the version and the commit a module states, each: they are stored and shown.
pub const STATED_BYTES_MAX: usize = 200;
/// Problems of one kind that are named one by one.
pub const PROBLEMS_NAMED: usize = 5;
