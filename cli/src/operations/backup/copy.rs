//! The canisters of a backup under their own ids on a network inside this process. Nobody's key is
//! needed: there, whoever the backup names as having acted may act again.

use std::path::{Path, PathBuf};

use super::{
    manifest::{Kept, Manifest, principal},
    transfer::{self, Zeros},
};
use crate::{
    client::{Client, inside::InsideClient, management, snapshots},
    failure::Failure,
    operations::{deploy, release::crew::Crew},
    render::Progress,
};

/// A network with the canisters of a backup.
pub(crate) struct Copy {
    pub(crate) network: InsideClient,
    pub(crate) crew: Crew<InsideClient>,
}

impl Copy {
    /// Boots the backup in `folder`. The network's clock stands at the moment it was taken, so that
    /// no timer rings before somebody lets time pass.
    pub(crate) async fn boot(
        folder: &Path,
        manifest: &Manifest,
        cache: Option<PathBuf>,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let acting = &manifest.crew;
        let taken = manifest.canisters.iter().map(|kept| kept.taken_at_ns).max();
        let network = InsideClient::start(taken.unwrap_or_default(), cache).await?;
        let role = |text: &str| Ok::<_, Failure>(network.as_principal(principal(text)?));
        let crew = Crew {
            controller: role(&acting.controller)?,
            governor: role(&acting.governor)?,
            auditor: role(&acting.auditor)?,
            backup: role(&acting.backup)?,
        };
        let copy = Self { network, crew };
        match copy.fill(folder, manifest, progress).await {
            Ok(()) => Ok(copy),
            Err(failure) => {
                copy.end().await?;
                Err(failure)
            }
        }
    }

    /// Ends the network.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        self.network.stop().await
    }

    async fn fill(
        &self,
        folder: &Path,
        manifest: &Manifest,
        progress: &Progress,
    ) -> Result<(), Failure> {
        for kept in &manifest.canisters {
            let name = &kept.name;
            let loaded = self.load(folder, kept, progress).await;
            loaded.map_err(|failure| Failure {
                message: format!("{name}: {}", failure.message),
                ..failure
            })?;
        }
        // All are there before the first runs.
        for kept in &manifest.canisters {
            self.crew.start(&kept.target()).await?;
        }
        Ok(())
    }

    async fn load(&self, folder: &Path, kept: &Kept, progress: &Progress) -> Result<(), Failure> {
        let (controller, canister) = (&self.crew.controller, kept.id()?);
        let controllers = vec![controller.principal()];
        snapshots::create_as(controller, canister, controllers, deploy::CYCLES).await?;
        management::stop(controller, canister).await?;
        let zeros = Zeros::Skip;
        let id = transfer::upload(controller, kept, folder, zeros, progress, |_| Ok(())).await?;
        management::load_snapshot(controller, canister, id.clone()).await?;
        snapshots::delete(controller, canister, &id).await
    }
}
