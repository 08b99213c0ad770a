//! The stores that places lie in.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use proxycore::key::KeyTemplate;
use proxycore::storage::{ObjectOptions, ObjectStorage, Storage};
use proxycore::{Error, LocalStorage, Result};

use crate::place::{Place, Root, local};

/// How object stores are reached. Credentials come from the environment alone: what stands on a
/// command line, everybody on the machine can read.
#[derive(Debug, Default, Clone, Args)]
#[command(
    next_help_heading = "Object stores",
    after_help = "Credentials are taken from the environment: AWS_ACCESS_KEY_ID, \
                  AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the machine's role."
)]
pub struct StoreArgs {
    #[arg(
        long,
        value_name = "URL",
        help = "Reach S3 at URL; without TLS only where it says http:// \
                [default: $AWS_ENDPOINT_URL, else Amazon's]"
    )]
    pub endpoint: Option<String>,
    #[arg(
        long,
        value_name = "REGION",
        help = "The region of the buckets [default: $AWS_REGION, else us-east-1]"
    )]
    pub region: Option<String>,
    /// Name the bucket in the path, not in the host's name [default: true with an endpoint]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub path_style: Option<bool>,
}

/// The stores that are in use, each opened once.
#[derive(Debug)]
pub struct Stores {
    options: ObjectOptions,
    open: Mutex<HashMap<Root, Arc<dyn Storage>>>,
}

impl Stores {
    pub fn new(args: &StoreArgs) -> Self {
        let mut options = ObjectOptions::default();
        options.endpoint.clone_from(&args.endpoint);
        options.region.clone_from(&args.region);
        options.path_style = args.path_style;
        Self { options, open: Mutex::default() }
    }

    /// Opens a store, if it is not open yet.
    ///
    /// # Errors
    /// Options that make no sense.
    pub fn open(&self, root: &Root) -> Result<Arc<dyn Storage>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = open.get(root) {
            return Ok(Arc::clone(known));
        }
        let store: Arc<dyn Storage> = match root {
            Root::Folder(folder) => Arc::new(LocalStorage::new(folder)?),
            Root::Bucket(scheme, bucket) => {
                Arc::new(ObjectStorage::new(*scheme, bucket, &self.options)?)
            }
        };
        open.insert(root.clone(), Arc::clone(&store));
        Ok(store)
    }

    /// The store of a place for outputs, and how they are called in it: flat in a folder, or behind
    /// a prefix.
    ///
    /// # Errors
    /// As [`open`](Self::open), and a prefix that no key can have.
    pub fn output(&self, place: &Path) -> Result<(Arc<dyn Storage>, KeyTemplate)> {
        let is_url = place.to_str().is_some_and(proxycore::storage::ObjectUrl::is_one);
        if !is_url {
            let folder = Root::Folder(local(place)?);
            return Ok((self.open(&folder)?, KeyTemplate::flat()));
        }
        let Place { root, key } = Place::find(place, None)?;
        let prefix = key.trim_end_matches('/');
        if prefix.is_empty() {
            return Ok((self.open(&root)?, KeyTemplate::flat()));
        }
        if prefix.contains(['{', '}']) {
            return Err(Error::invalid("out", "has braces; name the outputs by `--template`"));
        }
        let template = format!("{prefix}/{}", KeyTemplate::flat()).parse()?;
        Ok((self.open(&root)?, template))
    }
}
