//! The canisters of the demo, installed and told about each other.

use granary_api::{common::Profile, micro_grants::SetPortfolioAssetArgs};

use super::{
    Script,
    cast::Cast,
    payments::{self, Hands},
    treasury::{self, Vault},
};
use crate::{
    client::{Client, grants::SET_PORTFOLIO_ASSET, management, remote::Remote},
    failure::Failure,
    operations::{
        deploy::{self, Places, Setup},
        wiring,
    },
    render::Progress,
    suite::{EXECUTION, MICRO_GRANTS, PORTFOLIO, RISK_GUARD},
};

/// Where the story plays.
pub(crate) struct Stage<C> {
    pub(crate) grants: Remote<C>,
    pub(crate) vault: Vault<C>,
    pub(crate) hands: Hands<C>,
    /// Where the canisters of the suite are.
    pub(crate) places: Places,
}

/// Deploys ledger, books, guard, hands and grants, funds the treasury, and wires them.
pub(crate) async fn set<C: Client>(
    client: C,
    cast: Cast,
    script: &Script,
    progress: &Progress,
) -> Result<Stage<C>, Failure> {
    progress.say("deploying");
    let mut places = Places::new();
    for member in [PORTFOLIO, RISK_GUARD, EXECUTION, MICRO_GRANTS] {
        places.insert(member.name, management::create(&client, deploy::CYCLES).await?);
    }
    let at = |name: &str| Remote { client: client.clone(), canister: places[name] };
    let mut setup = Setup::development(script.seed, Cast::asset(), Profile::Testing)?;
    let books = at(PORTFOLIO.name);
    let init = setup.init_arg(PORTFOLIO.name)?;
    deploy::install(&client, books.canister, &script.books.bytes, init).await?;
    let execution = at(EXECUTION.name);
    let ledger = &script.ledger.bytes;
    let vault = treasury::fund(books, cast, ledger, execution.canister, progress).await?;
    // The first policy holds at once; what loosens it later has to wait.
    setup.policy = Some(payments::policy(vault.asset));
    let guard = at(RISK_GUARD.name);
    let init = setup.init_arg(RISK_GUARD.name)?;
    deploy::install(&client, guard.canister, &script.guard.bytes, init).await?;
    let init = setup.init_arg(EXECUTION.name)?;
    deploy::install(&client, execution.canister, &script.hands.bytes, init).await?;
    let grants = at(MICRO_GRANTS.name);
    let init = setup.init_arg(MICRO_GRANTS.name)?;
    deploy::install(&client, grants.canister, &script.current.bytes, init).await?;
    let governor = cast.named("governor");
    wiring::wire(&client.acting_as(&governor)?, &places).await?;
    let hands = Hands { execution, guard, ledger: vault.ledger, asset: vault.asset, cast };
    hands.adopt().await?;
    let asset = SetPortfolioAssetArgs { asset: Some(vault.asset) };
    grants.acting_as(&governor)?.update(SET_PORTFOLIO_ASSET, &asset).await?;
    Ok(Stage { grants, vault, hands, places })
}
