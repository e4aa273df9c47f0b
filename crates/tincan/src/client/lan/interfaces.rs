//! Whether the interfaces that somebody named are there: a misspelt one would be waited for in vain.

use crate::client::escape::visible;
use crate::print;

/// Looks for the interfaces in `named`; of several some may be away, as a USB adapter is.
///
/// # Errors
/// None is there; the sentence says so.
pub(crate) fn check(named: &[String]) -> Result<(), String> {
    judge(named, exists, |missing| {
        print::note(format_args!("there is no interface {missing} yet"));
    })
}

fn judge(
    named: &[String],
    exists: impl Fn(&str) -> bool,
    mut tell: impl FnMut(&str),
) -> Result<(), String> {
    let missing: Vec<_> = named.iter().filter(|name| !exists(name)).collect();
    if !missing.is_empty() && missing.len() == named.len() {
        let names: Vec<_> = missing.iter().map(|name| visible(name)).collect();
        return Err(format!(
            "there is no interface {}; `tincan lan doctor` lists those that there are",
            names.join(", ")
        ));
    }
    missing.into_iter().for_each(|name| tell(&visible(name)));
    Ok(())
}

/// Whether the system has an interface of that name, up or down.
#[cfg(target_os = "linux")]
pub(super) fn exists(name: &str) -> bool {
    use rustix::io::Errno;
    use rustix::net::netdevice::name_to_index;
    use rustix::net::{AddressFamily, SocketType, socket};

    let asked = socket(AddressFamily::INET, SocketType::DGRAM, None)
        .and_then(|socket| name_to_index(socket, name));
    // Where the system does not tell, the node will find out.
    !matches!(asked, Err(Errno::NODEV | Errno::NAMETOOLONG | Errno::INVAL))
}

/// Other systems are not asked; the node will find out.
#[cfg(not(target_os = "linux"))]
pub(super) fn exists(_name: &str) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(named: &[&str]) -> (Result<(), String>, Vec<String>) {
        let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
        let mut told = Vec::new();
        let verdict = judge(
            &named,
            |name| name.starts_with("eth"),
            |missing| told.push(missing.to_owned()),
        );
        (verdict, told)
    }

    #[test]
    fn an_interface_that_is_not_there_is_told_and_none_at_all_is_an_error() {
        // [LAN-49] [LAN-50]
        assert_eq!(judged(&[]), (Ok(()), Vec::new()));
        assert_eq!(judged(&["eth0"]), (Ok(()), Vec::new()));
        assert_eq!(
            judged(&["eth0", "usb\u{1b}0"]),
            (Ok(()), vec!["usb\\u{1b}0".to_owned()])
        );
        let (verdict, told) = judged(&["nope", "nada"]);
        assert!(verdict.unwrap_err().contains("no interface nope, nada;"));
        assert!(told.is_empty(), "an error says it all");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_knows_its_interfaces() {
        assert!(exists("lo"));
        assert!(!exists("nope") && !exists(&"x".repeat(100)) && !exists(""));
    }
}
