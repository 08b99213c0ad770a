//! How object stores are reached, from the command line.

use clap::Args;
use proxycore::storage::ObjectOptions;

use crate::features::HAS_OBJECT_STORES;

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
        hide = !HAS_OBJECT_STORES,
        help = "Reach S3 at URL; without TLS only where it says http:// \
                [default: $AWS_ENDPOINT_URL, else Amazon's]"
    )]
    pub endpoint: Option<String>,
    #[arg(
        long,
        value_name = "REGION",
        hide = !HAS_OBJECT_STORES,
        help = "The region of the buckets [default: $AWS_REGION, else us-east-1]"
    )]
    pub region: Option<String>,
    /// Name the bucket in the path, not in the host's name [default: true with an endpoint]
    #[arg(
        long,
        value_name = "BOOL",
        hide = !HAS_OBJECT_STORES,
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub path_style: Option<bool>,
}

impl StoreArgs {
    /// The same, for the stores.
    pub fn options(&self) -> ObjectOptions {
        let mut options = ObjectOptions::default();
        options.endpoint.clone_from(&self.endpoint);
        options.region.clone_from(&self.region);
        options.path_style = self.path_style;
        options
    }
}
