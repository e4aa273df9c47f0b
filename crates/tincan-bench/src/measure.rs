//! What a process used, from `/proc`: CPU time and memory. Linux only; elsewhere every reading is
//! `None` and the report leaves the column out.

use std::fs;

/// Clock ticks a second in `/proc/PID/stat`: Linux reports in this unit on every architecture.
const TICKS: f64 = 100.0;

/// CPU time of all threads of a process, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cpu {
    /// In the program itself.
    pub user: f64,
    /// In the kernel on its behalf.
    pub system: f64,
}

impl Cpu {
    /// Of the process `pid`, so far; `None` if it is gone or there is no `/proc`.
    pub fn of(pid: u32) -> Option<Self> {
        parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Since an earlier reading.
    pub fn since(&self, earlier: &Cpu) -> Cpu {
        Cpu {
            user: self.user - earlier.user,
            system: self.system - earlier.system,
        }
    }

    /// User and system time.
    pub fn total(&self) -> f64 {
        self.user + self.system
    }
}

/// Proportional memory of the process `pid` in KiB (`smaps_rollup`); needs the same user or root.
pub fn pss_kib(pid: u32) -> Option<u64> {
    field_kib(
        &fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?,
        "Pss:",
    )
}

/// The cores that `pid` may run on, as `taskset -c` takes them.
pub fn allowed_cpus(pid: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(line.trim().to_owned())
}

/// Fields 14 and 15 of `/proc/PID/stat`. The second field is a name in brackets which may itself
/// hold blanks and brackets, so counting starts after the last bracket.
fn parse_stat(stat: &str) -> Option<Cpu> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut seconds = || Some(fields.next()?.parse::<f64>().ok()? / TICKS);
    Some(Cpu {
        user: seconds()?,
        system: seconds()?,
    })
}

fn field_kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_the_last_bracket() {
        let stat = "77 (a) b) c) S 1 77 77 0 -1 4194304 95 0 0 0 250 125 0 0 20 0 1 0 99 7 8 9";
        assert_eq!(
            parse_stat(stat),
            Some(Cpu {
                user: 2.5,
                system: 1.25
            })
        );
        assert_eq!(parse_stat("77 (cut) S 1 2"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn pss_is_the_total_line() {
        let rollup =
            "00400000-7ffc rollup\nRss:   900 kB\nPss:                 512 kB\nPss_Dirty: 3 kB\n";
        assert_eq!(field_kib(rollup, "Pss:"), Some(512));
        assert_eq!(field_kib("Rss: 1 kB\n", "Pss:"), None);
    }
}
