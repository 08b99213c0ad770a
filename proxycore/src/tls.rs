//! TLS for all that goes over a network: one crypto library, and the certificates that the machine
//! trusts.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::{Error, Result};

/// The process's crypto provider. Clients ask the process for it, and panic where two crates bring
/// one each and nobody has chosen; a choice that the program has made stays.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    if CryptoProvider::get_default().is_none() {
        // another thread may just have installed one, which is as good
        _ = ring::default_provider().install_default();
    }
    CryptoProvider::get_default().map_or_else(|| Arc::new(ring::default_provider()), Arc::clone)
}

/// The settings of a client that trusts what the machine trusts.
///
/// # Errors
/// [`ErrorKind::Storage`](crate::ErrorKind::Storage) where the machine's certificates cannot be had.
pub(crate) fn client_config() -> Result<Arc<ClientConfig>> {
    let failed = |cause| Error::storage("cannot set TLS up").with_source(cause);
    let builder = ClientConfig::builder_with_provider(provider());
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    let builder = builder.with_platform_verifier().map_err(failed)?;
    Ok(Arc::new(builder.with_no_client_auth()))
}
