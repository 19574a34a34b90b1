//! Certificates that are signed when somebody first reads them.

use std::sync::{Arc, LazyLock};

type Sign = Box<dyn FnOnce() -> Vec<u8> + Send>;

/// A CBOR-encoded certificate of the state at one moment. A signature costs a millisecond and most
/// queries never look at the certificate they are shown, so it is made when it is first read.
#[derive(Clone)]
pub struct LazyCertificate(Arc<LazyLock<Vec<u8>, Sign>>);

impl LazyCertificate {
    /// The certificate that `sign` makes. It must hold all it needs of the state it certifies.
    pub fn new(sign: impl FnOnce() -> Vec<u8> + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(sign))))
    }

    /// The encoded certificate.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for LazyCertificate {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(move || bytes)
    }
}

impl std::fmt::Debug for LazyCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LazyCertificate").finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn it_is_signed_once_and_only_when_read() {
        let signed = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&signed);
        let certificate = LazyCertificate::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            vec![7]
        });
        let copy = certificate.clone();
        assert_eq!(signed.load(Ordering::Relaxed), 0);
        assert_eq!((certificate.bytes(), copy.bytes()), (&[7][..], &[7][..]));
        assert_eq!(signed.load(Ordering::Relaxed), 1);
    }
}
