//! The program as scripts and people use it: arguments in, output and exit status out.

mod account;
mod config;
mod generate;
mod support;
mod usage;
