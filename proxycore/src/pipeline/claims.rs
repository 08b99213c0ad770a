//! Which source is writing which output right now.
//!
//! Two sources with one stem, run side by side, would both find no object and then overwrite each
//! other; the second to come is refused instead.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};

/// The outputs that are being made, and by whom.
#[derive(Debug, Default)]
pub(super) struct Claims {
    owners: Mutex<HashMap<String, String>>,
}

/// A claim that ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    claims: &'a Claims,
    keys: Vec<String>,
}

impl Claims {
    /// Claims all of `keys` for `claimant`, or none.
    pub(super) fn claim(&self, keys: Vec<String>, claimant: &str) -> Result<Claim<'_>> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, owner)) = keys.iter().find_map(|key| owners.get_key_value(key)) {
            let (owner, claimant) = (owner.clone(), claimant.to_owned());
            return Err(Error::new(ErrorKind::Collision { owner, claimant }).at(key));
        }
        owners.extend(keys.iter().map(|key| (key.clone(), claimant.to_owned())));
        Ok(Claim { claims: self, keys })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut owners = self.claims.owners.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            owners.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_one_maker_at_a_time() {
        let claims = Claims::default();
        let keys = |name: &str| vec![name.to_owned()];
        let first = claims.claim(keys("x_thumb.jpg"), "x.exr").unwrap();
        let refused = claims.claim(keys("x_thumb.jpg"), "x.dpx").unwrap_err();
        assert!(refused.to_string().contains("belongs to `x.exr`, not to `x.dpx`"), "{refused}");
        assert!(claims.claim(keys("y_thumb.jpg"), "y.exr").is_ok());
        drop(first);
        assert!(claims.claim(keys("x_thumb.jpg"), "x.dpx").is_ok());
    }
}
