//! The interface file, parsed: the list of methods is taken from it, so that none is forgotten.

use candid::types::{FuncMode, Type, TypeEnv, TypeInner};
use candid_parser::utils::CandidSource;

/// One method of the interface.
#[derive(Debug, Clone)]
pub struct Method {
    /// Its name on the wire.
    pub name: String,
    /// True for query methods.
    pub query: bool,
    /// Types of its arguments.
    pub args: Vec<Type>,
}

/// The interface of one canister.
#[derive(Debug)]
pub struct Interface {
    /// The named types of the file.
    pub types: TypeEnv,
    /// Every method, in the order of the file.
    pub methods: Vec<Method>,
}

impl Interface {
    /// The interface of `micro_grants` as it is committed.
    ///
    /// # Panics
    /// When the file is missing or does not parse.
    pub fn micro_grants() -> Self {
        Self::of("micro_grants")
    }

    /// The interface of a canister as it is committed.
    ///
    /// # Panics
    /// When the file is missing or does not parse.
    pub fn of(canister: &str) -> Self {
        let root = granary_build::workspace_root().expect("tests run inside the checkout");
        let path = root.join("candid").join(canister).with_extension("did");
        let (types, actor) = CandidSource::File(&path).load().expect("the interface file parses");
        let actor = actor.expect("the file declares a service");
        let service = match actor.as_ref() {
            TypeInner::Class(_, service) => service.clone(),
            _ => actor,
        };
        let methods = types
            .as_service(&service)
            .expect("the file declares a service")
            .iter()
            .map(|(name, function)| {
                let function = types.as_func(function).expect("methods are functions");
                Method {
                    name: name.clone(),
                    query: function.modes.contains(&FuncMode::Query),
                    args: function.args.clone(),
                }
            })
            .collect();
        Self { types, methods }
    }

    /// The method of this name.
    ///
    /// # Panics
    /// When there is none.
    pub fn method(&self, name: &str) -> &Method {
        self.methods
            .iter()
            .find(|method| method.name == name)
            .unwrap_or_else(|| panic!("the interface has no method {name}"))
    }
}
