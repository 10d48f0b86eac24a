//! The one TLS provider: HTTP clients refuse to be made before it is installed, even those that speak plain HTTP.

/// Installs the provider unless something else in this process already did.
pub fn ready() {
    // An error means that another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
