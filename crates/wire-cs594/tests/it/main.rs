//! The bytes of cs594 against its page: golden packets, malformed ones, properties, corpora.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise"
)]

mod corpus;
mod crypt;
mod golden;
mod malformed;
mod properties;
mod show;
mod stream;
