//! Which interfaces take part [LAN-3] [LAN-49].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv6Addr};

use lan::mdns::Interface;

/// Interfaces that take part, at most: a machine full of containers has hundreds, and each costs two
/// sockets and a copy of every announcement.
const MAX_INTERFACES: usize = 32;

/// An interface of this machine, and whether it takes part; if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) interface: Interface,
    pub(super) verdict: Result<(), &'static str>,
}

/// All that have an address. Only those in `named` take part, if it names any.
///
/// # Errors
/// The system gives no list.
pub(super) fn all(named: &[String]) -> io::Result<Vec<Found>> {
    Ok(judge(&if_addrs::get_if_addrs()?, named, &unfinished()))
}

/// Those that take part, in the order of their numbers.
///
/// # Errors
/// The system gives no list.
pub(super) fn usable(named: &[String]) -> io::Result<Vec<Interface>> {
    let found = all(named)?.into_iter();
    let usable = found.filter(|found| found.verdict.is_ok());
    Ok(usable.map(|found| found.interface).collect())
}

fn judge(
    listed: &[if_addrs::Interface],
    named: &[String],
    unfinished: &BTreeSet<Ipv6Addr>,
) -> Vec<Found> {
    let mut found: BTreeMap<u32, (Found, bool)> = BTreeMap::new();
    for entry in listed {
        let Some(index) = entry.index.filter(|index| *index != 0) else {
            continue;
        };
        let is_named = named.contains(&entry.name);
        let (known, is_loopback) = found.entry(index).or_insert_with(|| {
            let verdict = match () {
                () if !named.is_empty() && !is_named => Err("it is not one of those asked for"),
                () if !entry.is_oper_up() => Err("it is down"),
                () if entry.is_p2p() && !is_named => Err("it leads to a single machine"),
                () => Ok(()),
            };
            let interface = Interface {
                index,
                name: entry.name.clone(),
                addresses: Vec::new(),
            };
            (Found { interface, verdict }, false)
        });
        *is_loopback |= entry.is_loopback();
        let address = match &entry.addr {
            if_addrs::IfAddr::V4(v4) => (IpAddr::V4(v4.ip), v4.prefixlen),
            if_addrs::IfAddr::V6(v6) if unfinished.contains(&v6.ip) => continue,
            if_addrs::IfAddr::V6(v6) => (IpAddr::V6(v6.ip), v6.prefixlen),
        };
        if !known.interface.addresses.contains(&address) {
            known.interface.addresses.push(address);
        }
    }
    let is_alone = !found
        .values()
        .any(|(found, is_loopback)| found.verdict.is_ok() && !is_loopback);
    let mut taking_part = 0;
    found
        .into_values()
        .map(|(mut found, is_loopback)| {
            if found.verdict.is_ok() {
                found.verdict = match () {
                    () if is_loopback && named.is_empty() && !is_alone => {
                        Err("it leads to this machine only")
                    }
                    () if found.interface.addresses.is_empty() => Err("it has no address yet"),
                    () if taking_part == MAX_INTERFACES => Err("there are too many"),
                    () => {
                        taking_part += 1;
                        Ok(())
                    }
                };
            }
            found
        })
        .collect()
}

/// Addresses of IPv6 that cannot be used yet, or ever: the system is asking whether somebody else has
/// them, or somebody has.
fn unfinished() -> BTreeSet<Ipv6Addr> {
    #[cfg(target_os = "linux")]
    if let Ok(table) = std::fs::read_to_string("/proc/net/if_inet6") {
        return table.lines().filter_map(unfinished_line).collect();
    }
    BTreeSet::new()
}

/// A line is address, interface, prefix, scope, flags, name; all but the name in hexadecimal.
#[cfg(target_os = "linux")]
fn unfinished_line(line: &str) -> Option<Ipv6Addr> {
    const TENTATIVE: u32 = 0x40;
    const FAILED: u32 = 0x08;
    let mut fields = line.split_ascii_whitespace();
    let address = u128::from_str_radix(fields.next()?, 16).ok()?;
    let flags = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
    (flags & (TENTATIVE | FAILED) != 0).then(|| Ipv6Addr::from(address))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use if_addrs::{IfAddr, IfOperStatus, Ifv4Addr, Ifv6Addr};

    use super::*;

    fn v4(name: &str, index: u32, ip: [u8; 4]) -> if_addrs::Interface {
        let addr = IfAddr::V4(Ifv4Addr {
            ip: Ipv4Addr::from(ip),
            netmask: Ipv4Addr::new(255, 255, 255, 0),
            prefixlen: 24,
            broadcast: None,
        });
        entry(name, index, addr)
    }

    fn v6(name: &str, index: u32, ip: &str) -> if_addrs::Interface {
        let addr = IfAddr::V6(Ifv6Addr {
            ip: ip.parse().unwrap(),
            netmask: Ipv6Addr::UNSPECIFIED,
            prefixlen: 64,
            broadcast: None,
        });
        entry(name, index, addr)
    }

    fn entry(name: &str, index: u32, addr: IfAddr) -> if_addrs::Interface {
        if_addrs::Interface {
            name: name.to_owned(),
            addr,
            index: Some(index),
            oper_status: IfOperStatus::Up,
            is_p2p: false,
        }
    }

    fn used(listed: &[if_addrs::Interface], named: &[&str]) -> Vec<String> {
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        judge(listed, &named, &BTreeSet::new())
            .into_iter()
            .filter(|found| found.verdict.is_ok())
            .map(|found| found.interface.name)
            .collect()
    }

    #[test]
    fn loopback_takes_part_only_when_alone_or_asked_for() {
        // [LAN-49]
        let loopback = v4("lo", 1, [127, 0, 0, 1]);
        let ethernet = v4("eth0", 2, [192, 0, 2, 1]);
        assert_eq!(used(std::slice::from_ref(&loopback), &[]), ["lo"]);
        assert_eq!(used(&[loopback.clone(), ethernet.clone()], &[]), ["eth0"]);
        assert_eq!(used(&[loopback.clone(), ethernet.clone()], &["lo"]), ["lo"]);
        assert_eq!(used(&[loopback, ethernet], &["lo", "eth0"]), ["lo", "eth0"]);
    }

    #[test]
    fn what_is_down_or_leads_to_one_machine_stays_out() {
        // [LAN-49]
        let ethernet = v4("eth0", 2, [192, 0, 2, 1]);
        let mut unplugged = v4("eth1", 3, [192, 0, 2, 2]);
        unplugged.oper_status = IfOperStatus::Unknown;
        let mut tunnel = v4("tun0", 4, [192, 0, 2, 3]);
        tunnel.is_p2p = true;
        let listed = [ethernet, unplugged, tunnel];
        assert_eq!(used(&listed, &[]), ["eth0"]);
        assert_eq!(used(&listed, &["eth1", "tun0"]), ["tun0"]);
    }

    #[test]
    fn an_interface_has_all_its_addresses_but_unfinished_ones() {
        // [LAN-3]
        let listed = [
            v4("eth0", 2, [192, 0, 2, 1]),
            v6("eth0", 2, "fe80::1"),
            v6("eth0", 2, "2001:db8::1"),
        ];
        let unfinished = BTreeSet::from(["2001:db8::1".parse().unwrap()]);
        let found = judge(&listed, &[], &unfinished);
        let addresses: Vec<_> = found
            .iter()
            .flat_map(|found| &found.interface.addresses)
            .map(|(address, prefix)| format!("{address}/{prefix}"))
            .collect();
        assert_eq!(addresses, ["192.0.2.1/24", "fe80::1/64"]);
    }

    #[test]
    fn many_interfaces_are_bounded() {
        // [LAN-48]
        let listed: Vec<_> = (1..=200)
            .map(|number| v4(&format!("veth{number}"), number, [192, 0, 2, 1]))
            .collect();
        assert_eq!(used(&listed, &[]).len(), MAX_INTERFACES);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_systems_table_tells_which_addresses_are_unfinished() {
        // [LAN-49]
        let line = |flags| format!("fe800000000000000000000000000001 02 40 20 {flags}     eth0");
        assert_eq!(unfinished_line(&line("80")), None);
        for flags in ["40", "c0", "08"] {
            let found = unfinished_line(&line(flags));
            assert_eq!(found, Some("fe80::1".parse().unwrap()), "{flags}");
        }
        assert_eq!(unfinished_line("what is this"), None);
    }
}
