//! `tincan lan doctor`: why people may not see each other, and what to do.
//!
//! First facts are gathered, which takes two seconds; what they mean is said by [`findings`], which
//! is pure. JSON lines: `interface` (`name` `addresses` `used` `reason`? `heard_ourselves`
//! `heard_others`) and `finding` (`level`: `good`, `note` or `problem`; `text` `advice`?).

use std::net::{Ipv6Addr, TcpListener};

use anyhow::{Context, bail};
use node::lan::{InterfaceReport, LanError, PortReport};
use serde::Serialize;

use super::interfaces::exists;
use super::settings;
use crate::args::LanPlaceArgs;
use crate::client::escape::{visible, visible_json};
use crate::client::view::View;
use crate::print;

/// What was seen of this machine.
#[derive(Debug)]
struct Facts {
    /// Interfaces that were asked for, and whether they are there; none: all.
    asked: Vec<(String, bool)>,
    interfaces: Vec<InterfaceReport>,
    /// Programs that have port 5353.
    holders: Vec<String>,
    /// Where messages would come in.
    port: u16,
    /// Whether a program listens there already.
    port_in_use: bool,
    /// Our own addresses, and whether that port could be reached at them.
    reached: Vec<PortReport>,
    /// What may keep others out.
    hints: Vec<String>,
}

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be.
    Good,
    /// May explain something.
    Note,
    /// Has to be mended.
    Problem,
}

/// Something to tell, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    level: Level,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Self::new(Level::Good, text, None)
    }

    fn note(text: impl Into<String>, advice: &str) -> Self {
        Self::new(Level::Note, text, Some(advice))
    }

    fn problem(text: impl Into<String>, advice: &str) -> Self {
        Self::new(Level::Problem, text, Some(advice))
    }

    fn new(level: Level, text: impl Into<String>, advice: Option<&str>) -> Self {
        Self {
            level,
            text: text.into(),
            advice: advice.map(str::to_owned),
        }
    }
}

/// A line of `--json`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Record<'a> {
    Interface {
        name: &'a str,
        addresses: Vec<String>,
        used: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// `null` where there is no address of the family.
        heard_ourselves: Heard,
        heard_others: Vec<String>,
    },
    Finding(&'a Finding),
}

#[derive(Debug, Serialize)]
struct Heard {
    ipv4: Option<bool>,
    ipv6: Option<bool>,
}

/// Examines and tells.
///
/// # Errors
/// The system does not let itself be examined, or nothing can work as it is.
pub(super) async fn run(json: bool, place: &LanPlaceArgs) -> anyhow::Result<()> {
    let settings = settings::onlooker(place)?;
    let (interfaces, port) = (settings.interfaces, settings.port);
    // Before we have it ourselves.
    let holders = tokio::task::spawn_blocking(node::lan::who_holds_5353)
        .await
        .context("cannot examine the machine")?;
    let reports = node::lan::examine(&interfaces).await?;
    let looked = move || -> Result<Facts, LanError> {
        // Somebody has to listen where we try to get through.
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))
            .or_else(|_| TcpListener::bind(("0.0.0.0", port)));
        let port = match &listener {
            Ok(own) => own.local_addr().map_or(port, |address| address.port()),
            Err(_) => port,
        };
        Ok(Facts {
            interfaces: reports,
            holders,
            port,
            port_in_use: listener.is_err(),
            reached: node::lan::port_reachable(&interfaces, port)?,
            hints: node::lan::firewall_hints(),
            asked: interfaces
                .into_iter()
                .map(|name| {
                    let exists = exists(&name);
                    (name, exists)
                })
                .collect(),
        })
    };
    let facts = tokio::task::spawn_blocking(looked)
        .await
        .context("cannot examine the machine")??;
    let findings = findings(&facts);
    if json {
        for record in facts.interfaces.iter().map(interface_record) {
            print_json(&record)?;
        }
        for finding in &findings {
            print_json(&Record::Finding(finding))?;
        }
    } else {
        print_text(&facts, &findings)?;
    }
    if can_work(&facts) {
        Ok(())
    } else {
        bail!("as things are, nobody on the LAN can see this machine, nor be seen from it")
    }
}

fn print_json(record: &Record<'_>) -> anyhow::Result<()> {
    let json = serde_json::to_string(record)?;
    Ok(print::output(visible_json(&json))?)
}

fn print_text(facts: &Facts, findings: &[Finding]) -> anyhow::Result<()> {
    let view = View::for_stdout();
    for report in &facts.interfaces {
        let addresses = joined(&report.addresses);
        let name = visible(&report.name);
        let line = match &report.used {
            Ok(()) => format!("{name}  {addresses}"),
            Err(reason) => view.dim(&format!("{name}  not used: {}", visible(reason))),
        };
        print::output(line.trim_end())?;
    }
    print::output("")?;
    for finding in findings {
        let text = visible(&finding.text);
        print::output(match finding.level {
            Level::Good => format!("ok       {text}"),
            Level::Note => view.strong(&format!("note     {text}")),
            Level::Problem => view.warning(&format!("problem  {text}")),
        })?;
        if let Some(advice) = &finding.advice {
            print::output(format_args!("         {}", visible(advice)))?;
        }
    }
    Ok(())
}

fn interface_record(report: &InterfaceReport) -> Record<'_> {
    let [ipv4, ipv6] = report.heard_ourselves;
    Record::Interface {
        name: &report.name,
        addresses: report.addresses.iter().map(ToString::to_string).collect(),
        used: report.used.is_ok(),
        reason: report.used.as_ref().err().map(String::as_str),
        heard_ourselves: Heard { ipv4, ipv6 },
        heard_others: report
            .heard_others
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

fn joined(items: &[impl ToString]) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

/// The interfaces that take part.
fn used(facts: &Facts) -> impl Iterator<Item = &InterfaceReport> {
    facts.interfaces.iter().filter(|report| report.used.is_ok())
}

/// Whether an interface leads to other machines.
fn leads_out(report: &InterfaceReport) -> bool {
    report
        .addresses
        .iter()
        .any(|address| !address.is_loopback())
}

/// Whether anything can work: multicast goes out to other machines, or comes in from them.
fn can_work(facts: &Facts) -> bool {
    used(facts)
        .filter(|report| leads_out(report))
        .any(|report| {
            report.heard_ourselves.contains(&Some(true)) || !report.heard_others.is_empty()
        })
}

/// What the facts mean, the worst of each subject first.
fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = Vec::new();
    let is_listed = |name: &str| facts.interfaces.iter().any(|report| report.name == name);
    for (name, exists) in facts.asked.iter().filter(|(name, _)| !is_listed(name)) {
        all.push(if *exists {
            Finding::problem(
                format!("the interface {name} has no address"),
                "plug in its cable or join a Wi-Fi network; if that is done, wait a moment or give \
                 it an address",
            )
        } else {
            Finding::problem(
                format!("there is no interface {name}"),
                "see above for those that there are",
            )
        });
    }
    if used(facts).next().is_some() && !used(facts).any(leads_out) {
        all.push(Finding::problem(
            "this machine is on no network: only programs on it can see each other",
            "plug in a cable or join a Wi-Fi network",
        ));
    }
    if used(facts).next().is_none() && all.is_empty() {
        let names: Vec<_> = facts
            .interfaces
            .iter()
            .map(|report| report.name.as_str())
            .collect();
        let text = if names.is_empty() {
            "this machine has no network interface".to_owned()
        } else {
            format!("no interface takes part (there are {})", joined(&names))
        };
        all.push(Finding::problem(
            text,
            "plug in a cable or join a Wi-Fi network; --interface takes one that is left out",
        ));
    }
    // Of loopback it is known that nobody else is there.
    let led_out = || used(facts).filter(|report| leads_out(report));
    led_out().for_each(|report| all.extend(multicast(report, facts)));
    if led_out().next().is_some() {
        all.extend(others(facts));
    }
    all.extend(holders(facts));
    all.extend(port(facts));
    all.extend(facts.hints.iter().map(|hint| {
        Finding::note(
            hint.clone(),
            "look there first if others do not see you, or you not them",
        )
    }));
    all
}

fn multicast(report: &InterfaceReport, facts: &Facts) -> Vec<Finding> {
    let works = report.heard_ourselves.contains(&Some(true));
    let told: Vec<_> = match report.heard_ourselves {
        // Both are deaf for one reason, so it is said once.
        [Some(false), Some(false)] => vec![("IPv4 and IPv6", false)],
        heard => ["IPv4", "IPv6"]
            .into_iter()
            .zip(heard)
            .filter_map(|(family, heard)| Some((family, heard?)))
            .collect(),
    };
    let finding = |(family, heard)| {
        let name = &report.name;
        if heard {
            return Finding::good(format!("{name}: {family} multicast goes out and comes in"));
        }
        let advice = if facts.holders.is_empty() {
            "a firewall may refuse it: let UDP port 5353 in and out, also to 224.0.0.251 and ff02::fb"
        } else {
            "a firewall may refuse it, or the program that has port 5353 does not share it: let UDP \
             port 5353 in and out, or stop that program"
        };
        let text = format!("{name}: our own {family} multicast does not come back");
        if works {
            // The other family is enough.
            Finding::note(text, advice)
        } else {
            Finding::problem(text, advice)
        }
    };
    told.into_iter().map(finding).collect()
}

fn others(facts: &Facts) -> Option<Finding> {
    let heard: Vec<String> = used(facts)
        .filter(|report| !report.heard_others.is_empty())
        .map(|report| format!("{} on {}", joined(&report.heard_others), report.name))
        .collect();
    Some(if heard.is_empty() {
        Finding::note(
            "no other machine was heard within two seconds",
            "if there are some: are they on the same network, not on a guest network? A Wi-Fi access \
             point may keep its stations apart (`AP isolation`), a switch may hold back multicast \
             (`IGMP snooping`), and a firewall or VPN on either side may refuse it",
        )
    } else {
        Finding::good(format!("other machines were heard: {}", heard.join("; ")))
    })
}

fn holders(facts: &Facts) -> Option<Finding> {
    if facts.holders.is_empty() {
        return None;
    }
    let holders = joined(&facts.holders);
    let works = used(facts).any(|report| report.heard_ourselves.contains(&Some(true)));
    Some(if works {
        Finding::good(format!("port 5353 is shared with {holders}"))
    } else {
        Finding::note(
            format!("port 5353 is also held by {holders}"),
            "if nothing comes in: it may not share the port; stop it, or have it share the port",
        )
    })
}

fn port(facts: &Facts) -> Vec<Finding> {
    let port = facts.port;
    let mut all = Vec::new();
    if facts.port_in_use {
        all.push(Finding::note(
            format!("a program listens on TCP port {port} already"),
            "another Tincan or Pidgin may be running; we take another port then, which a firewall \
             may not let in (--port says which)",
        ));
    }
    let (reached, refused): (Vec<_>, Vec<_>) = facts
        .reached
        .iter()
        .partition(|report| report.outcome.is_ok());
    for report in refused {
        let why = report.outcome.as_ref().err().map_or("", String::as_str);
        all.push(Finding::problem(
            format!(
                "TCP port {port} cannot be reached at {}, though somebody listens: {why}",
                report.address
            ),
            "let it in at the firewall, or choose another with --port",
        ));
    }
    if !reached.is_empty() {
        let addresses: Vec<_> = reached.iter().map(|report| report.address).collect();
        all.push(Finding::good(format!(
            "TCP port {port} can be reached at {} from this machine",
            joined(&addresses)
        )));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn address(raw: &str) -> IpAddr {
        raw.parse().unwrap()
    }

    fn healthy() -> Facts {
        Facts {
            asked: Vec::new(),
            interfaces: vec![
                InterfaceReport {
                    name: "lo".into(),
                    addresses: vec![address("127.0.0.1")],
                    used: Err("it leads to this machine only".into()),
                    heard_ourselves: [None, None],
                    heard_others: Vec::new(),
                },
                InterfaceReport {
                    name: "eth0".into(),
                    addresses: vec![address("192.0.2.1")],
                    used: Ok(()),
                    heard_ourselves: [Some(true), None],
                    heard_others: vec![address("192.0.2.2")],
                },
            ],
            holders: Vec::new(),
            port: 5298,
            port_in_use: false,
            reached: vec![PortReport {
                address: address("192.0.2.1"),
                outcome: Ok(()),
            }],
            hints: Vec::new(),
        }
    }

    fn worst(facts: &Facts) -> Vec<String> {
        let bad = findings(facts)
            .into_iter()
            .filter(|f| f.level != Level::Good);
        bad.map(|finding| {
            assert!(
                finding.advice.is_some(),
                "what to do is always said: {finding:?}"
            );
            finding.text
        })
        .collect()
    }

    #[test]
    fn where_all_is_well_nothing_else_is_said() {
        // [LAN-50]
        let facts = healthy();
        assert!(can_work(&facts));
        assert_eq!(worst(&facts), [""; 0]);
        assert_eq!(findings(&facts).len(), 3, "multicast, others, port");
    }

    #[test]
    fn nothing_can_work_without_an_interface_or_without_multicast() {
        // [LAN-50]
        let mut facts = healthy();
        facts.interfaces.pop();
        facts.reached.clear();
        assert!(!can_work(&facts));
        assert!(worst(&facts)[0].contains("no interface takes part (there are lo)"));

        let mut deaf = healthy();
        deaf.interfaces[1].heard_ourselves = [Some(false), None];
        deaf.interfaces[1].heard_others.clear();
        assert!(!can_work(&deaf));
        assert!(worst(&deaf)[0].contains("eth0: our own IPv4 multicast does not come back"));
    }

    #[test]
    fn loopback_alone_is_no_network_and_one_family_is_enough() {
        // [LAN-49] [LAN-50]
        let mut facts = healthy();
        facts.interfaces.pop();
        facts.interfaces[0].used = Ok(());
        facts.interfaces[0].heard_ourselves = [Some(true), Some(false)];
        facts.asked = vec![("eth1".into(), false), ("eth2".into(), true)];
        assert!(!can_work(&facts));
        let worst = worst(&facts);
        assert_eq!(worst[0], "there is no interface eth1");
        assert_eq!(worst[1], "the interface eth2 has no address");
        assert!(
            worst[2].contains("this machine is on no network"),
            "{worst:?}"
        );
        assert_eq!(worst.len(), 3, "nothing is said about loopback: {worst:?}");

        let mut facts = healthy();
        facts.interfaces[1].heard_ourselves = [Some(true), Some(false)];
        assert!(can_work(&facts));
        let told = findings(&facts);
        let ipv6 = told.iter().find(|finding| finding.text.contains("IPv6"));
        assert_eq!(ipv6.map(|finding| finding.level), Some(Level::Note));
    }

    #[test]
    fn a_lonely_machine_is_no_broken_one() {
        // [LAN-50]
        let mut facts = healthy();
        facts.interfaces[1].heard_others.clear();
        assert!(can_work(&facts));
        assert_eq!(
            worst(&facts),
            ["no other machine was heard within two seconds"]
        );
    }

    #[test]
    fn ports_holders_and_firewalls_are_told() {
        // [LAN-49] [LAN-50]
        let mut facts = healthy();
        facts.holders = vec!["avahi-daemon".into()];
        facts.port_in_use = true;
        facts.reached[0].outcome = Err("connection refused".into());
        facts.hints = vec!["wg0 looks like a VPN".into()];
        let all: Vec<_> = findings(&facts).into_iter().map(|f| f.text).collect();
        let all = all.join("\n");
        for part in [
            "port 5353 is shared with avahi-daemon",
            "a program listens on TCP port 5298 already",
            "cannot be reached at 192.0.2.1, though somebody listens: connection refused",
            "wg0 looks like a VPN",
        ] {
            assert!(all.contains(part), "{part} is not in {all}");
        }
    }

    #[test]
    fn a_program_that_does_not_share_5353_is_not_praised_for_it() {
        // [LAN-49] [LAN-50]
        let mut facts = healthy();
        facts.holders = vec!["other".into()];
        facts.interfaces[1].heard_ourselves = [Some(false), Some(false)];
        facts.interfaces[1].heard_others.clear();
        assert!(!can_work(&facts));
        let worst = worst(&facts);
        assert_eq!(
            worst[0],
            "eth0: our own IPv4 and IPv6 multicast does not come back"
        );
        assert!(worst.contains(&"port 5353 is also held by other".to_owned()));
        assert_eq!(worst.len(), 3, "and nobody was heard: {worst:?}");
    }

    #[test]
    fn json_holds_the_facts_and_the_findings() {
        // [LAN-50]
        let facts = healthy();
        let json = serde_json::to_value(interface_record(&facts.interfaces[1])).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"type":"interface","name":"eth0","addresses":["192.0.2.1"],
                "used":true,"heard_ourselves":{"ipv4":true,"ipv6":null},
                "heard_others":["192.0.2.2"]})
        );
        let finding = Finding::problem("a", "b");
        assert_eq!(
            serde_json::to_value(Record::Finding(&finding)).unwrap(),
            serde_json::json!({"type":"finding","level":"problem","text":"a","advice":"b"})
        );
    }
}
