//! Frequent arguments, read in the order of their fields when they come under their own header;
//! see [`granary_env::exact`].

use candid::Deserialize;
use granary_api::registry as g;
use granary_env::exact::Reader;

use super::Headed;

/// An argument that is one number.
pub trait Number: Headed + for<'de> Deserialize<'de> {
    /// The argument with this number.
    fn of(number: u64) -> Self;
}

impl Number for g::UserArgs {
    fn of(user: u64) -> Self {
        Self { user }
    }
}

impl Number for g::WalletArgs {
    fn of(wallet: u64) -> Self {
        Self { wallet }
    }
}

impl Number for g::GrantArgs {
    fn of(grant: u64) -> Self {
        Self { grant }
    }
}

/// An argument that is one number; none when the message must be decoded in full.
pub fn number<T: Number>(message: &[u8]) -> Option<T> {
    let mut reader = Reader::behind(T::HEADER, message)?;
    let number = reader.u64()?;
    reader.is_finished().then(|| T::of(number))
}

/// An identity; none when the message must be decoded in full.
pub fn identity(message: &[u8]) -> Option<g::IdentityArgs> {
    let mut reader = Reader::behind(g::IdentityArgs::HEADER, message)?;
    let identity = reader.principal()?;
    reader.is_finished().then_some(g::IdentityArgs { identity })
}

/// Who is asked about; none when the message must be decoded in full.
pub fn standings(message: &[u8]) -> Option<g::GetStandingsArgs> {
    let mut reader = Reader::behind(g::GetStandingsArgs::HEADER, message)?;
    let principals = reader.vec(Reader::principal)?;
    reader.is_finished().then_some(g::GetStandingsArgs { principals })
}

#[cfg(test)]
mod tests {
    use candid::{Encode, Principal};

    use super::*;

    #[test]
    fn exact_arguments_are_read_and_others_left_alone() {
        let args = g::UserArgs { user: u64::MAX };
        let message = Encode!(&args).expect("encodes");
        assert_eq!(number::<g::UserArgs>(&message), Some(args));
        assert_eq!(number::<g::WalletArgs>(&message), None, "another field");
        assert_eq!(number::<g::UserArgs>(&message[..message.len() - 1]), None);
        let args = g::WalletArgs { wallet: 7 };
        assert_eq!(number(&Encode!(&args).expect("encodes")), Some(args));
        let args = g::GrantArgs { grant: 7 };
        assert_eq!(number(&Encode!(&args).expect("encodes")), Some(args));
        let who = Principal::from_slice(&[9; 29]);
        let args = g::IdentityArgs { identity: who };
        assert_eq!(identity(&Encode!(&args).expect("encodes")), Some(args));
        for principals in [vec![], vec![who, Principal::anonymous()]] {
            let args = g::GetStandingsArgs { principals };
            let message = Encode!(&args).expect("encodes");
            assert_eq!(standings(&[&message[..], &[0]].concat()), None);
            assert_eq!(standings(&message), Some(args));
        }
    }
}
