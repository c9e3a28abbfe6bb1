//! `--fault`, `--scale` and `--answer`: what is done to services, as it is written on the command line.

use std::collections::BTreeMap;
use std::time::Duration;

use super::args::duration;
use crate::model::{Code, Delay, Failing, Fault, FaultError, MethodPath, Spread, Whom, nearest};
use crate::session::{demo_services, max_instances};
use crate::text::{fill, t};

/// `payment=delay:200ms,fail:10%` or `payment-1=hang`.
pub(super) fn fault_of(text: &str) -> Result<(Whom, Fault), String> {
    let (whom, fault) = text.split_once('=').ok_or_else(|| t("cli.bad_fault").to_owned())?;
    Ok((whom_of(whom.trim())?, fault_alone(fault)?))
}

/// `delay:200ms,fail:10%`, `delay:1s:tail`, `fail:5%:NOT_FOUND`, `hang`.
pub(super) fn fault_alone(text: &str) -> Result<Fault, String> {
    let mut fault = Fault::default();
    for part in text.split(',').map(str::trim) {
        let mut words = part.split(':').map(str::trim);
        let (name, first, second) = (words.next().unwrap_or_default(), words.next(), words.next());
        let is_repeated = match name {
            "delay" => fault.delay.replace(delay_of(first, second)?).is_some(),
            "fail" => fault.failing.replace(failing_of(first, second)?).is_some(),
            "hang" if first.is_none() => std::mem::replace(&mut fault.is_hanging, true),
            _ => return Err(t("cli.bad_fault").to_owned()),
        };
        if is_repeated || words.next().is_some() {
            return Err(fill("cli.fault_twice", &[("name", &name)]));
        }
    }
    checked(fault)
}

fn checked(fault: Fault) -> Result<Fault, String> {
    fault.checked().map_err(|error| {
        let key = match error {
            FaultError::TooSlow => "cli.fault_too_slow",
            FaultError::TooMany => "cli.fault_too_many",
            FaultError::NoFailure => "cli.fault_no_failure",
            FaultError::Contradiction => "cli.fault_contradiction",
        };
        t(key).to_owned()
    })
}

/// How many instances each service has that has another number than usual.
pub(super) type Scale = BTreeMap<String, usize>;

/// What several `--fault` and `--scale` say together. What is said of one instance goes before what is said of its
/// service.
pub(super) fn agreed(
    faults: Vec<(Whom, Fault)>,
    scale: Vec<(String, usize)>,
) -> Result<(Vec<(Whom, Fault)>, Scale), String> {
    let mut sizes = Scale::new();
    for (service, n) in scale {
        if sizes.insert(service.clone(), n).is_some_and(|before| before != n) {
            return Err(fill("cli.scale_twice", &[("service", &service)]));
        }
    }
    let mut agreed: Vec<(Whom, Fault)> = Vec::new();
    for (whom, fault) in faults {
        if let Whom::Instance(name) = &whom {
            is_there(name, &sizes)?;
        }
        match agreed.iter_mut().find(|(other, _)| *other == whom) {
            Some((_, before)) => *before = together(&whom, *before, fault)?,
            None => agreed.push((whom, fault)),
        }
    }
    agreed.sort_by_key(|(whom, _)| matches!(whom, Whom::Instance(_)));
    Ok((agreed, sizes))
}

fn together(whom: &Whom, a: Fault, b: Fault) -> Result<Fault, String> {
    let is_twice = (a.delay.is_some() && b.delay.is_some() && a.delay != b.delay)
        || (a.failing.is_some() && b.failing.is_some() && a.failing != b.failing);
    if is_twice {
        let name = match whom {
            Whom::Demo => "",
            Whom::Service(name) | Whom::Instance(name) => name,
        };
        return Err(fill("cli.fault_twice", &[("name", &name)]));
    }
    checked(Fault {
        delay: a.delay.or(b.delay),
        failing: a.failing.or(b.failing),
        is_hanging: a.is_hanging || b.is_hanging,
    })
}

fn is_there(instance: &str, sizes: &Scale) -> Result<(), String> {
    let (service, number) = instance.rsplit_once('-').unwrap_or((instance, "0"));
    let usual = demo_services().find(|(name, _)| *name == service).map_or(0, |(_, n)| n);
    let n = sizes.get(service).copied().unwrap_or(usual);
    if number.parse::<usize>().is_ok_and(|number| (1..=n).contains(&number)) {
        return Ok(());
    }
    Err(fill("cli.no_instance", &[("instance", &instance), ("service", &service), ("n", &n)]))
}

/// Calls a second: a whole number up to a thousand.
pub(super) fn traffic_of(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= 1_000);
    number.ok_or_else(|| t("cli.bad_traffic").to_owned())
}

/// A port, or 0 for any.
pub(super) fn port_of(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_no_port| t("cli.bad_port").to_owned())
}

fn delay_of(longest: Option<&str>, spread: Option<&str>) -> Result<Delay, String> {
    let longest: Duration = duration(longest.unwrap_or_default())?;
    let spread = match spread {
        None => Spread::Fixed,
        Some("tail") => Spread::Tail,
        Some(_) => return Err(t("cli.bad_fault").to_owned()),
    };
    Ok(Delay { longest, spread })
}

fn failing_of(share: Option<&str>, status: Option<&str>) -> Result<Failing, String> {
    let share = share.unwrap_or_default();
    let percent = share.strip_suffix('%').unwrap_or(share).trim().parse::<u8>();
    let percent = percent.map_err(|_no_share| t("cli.fault_too_many").to_owned())?;
    let Some(status) = status else {
        return Ok(Failing { percent, code: Code::Unavailable });
    };
    let failures = Code::ALL.map(Code::name).into_iter().filter(|name| *name != Code::Ok.name());
    let code = Code::from_name(status).ok_or_else(|| unknown(status, failures))?;
    Ok(Failing { percent, code })
}

fn whom_of(name: &str) -> Result<Whom, String> {
    let service = |service: &str| demo_services().any(|(known, _)| known == service);
    let is_instance = name.rsplit_once('-').is_some_and(|(of, number)| {
        service(of) && number.parse::<usize>().is_ok_and(|number| number > 0)
    });
    if service(name) {
        Ok(Whom::Service(name.to_owned()))
    } else if is_instance {
        Ok(Whom::Instance(name.to_owned()))
    } else {
        Err(unknown(name, demo_services().map(|(known, _)| known)))
    }
}

/// `catalog=5`.
pub(super) fn scale_of(text: &str) -> Result<(String, usize), String> {
    let bad = || t("cli.bad_scale").to_owned();
    let (service, number) = text.split_once('=').ok_or_else(bad)?;
    let service = service.trim();
    if !demo_services().any(|(known, _)| known == service) {
        return Err(unknown(service, demo_services().map(|(known, _)| known)));
    }
    let number = number.trim().parse::<usize>().map_err(|_no_number| bad())?;
    let most = max_instances();
    if !(1..=most).contains(&number) {
        return Err(fill("cli.scale_range", &[("service", &service), ("most", &most)]));
    }
    Ok((service.to_owned(), number))
}

/// `shop.Books/Find={"title": "..."}` or `shop.Books/Find=@FILE`; the text comes back as it is written.
pub(super) fn answer_of(text: &str) -> Result<(MethodPath, String), String> {
    let bad = || t("cli.bad_answer").to_owned();
    let (method, body) = text.split_once('=').ok_or_else(bad)?;
    Ok((MethodPath::parse(method.trim()).ok_or_else(bad)?, body.to_owned()))
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(nearest) = nearest(name, known.clone()) {
        return fill("cli.unknown_name", &[("name", &name), ("nearest", &nearest)]);
    }
    let known = known.collect::<Vec<_>>().join(", ");
    fill("cli.unknown_name_of", &[("name", &name), ("known", &known)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_they_are_written() {
        let delay = |millis, spread| Some(Delay { longest: Duration::from_millis(millis), spread });
        let failing = |percent, code| Some(Failing { percent, code });
        let check = |text: &str, whom: Whom, fault: Fault| {
            assert_eq!(fault_of(text), Ok((whom, fault)), "{text}");
        };
        let payment = || Whom::Service("payment".to_owned());
        let both = Fault {
            delay: delay(200, Spread::Fixed),
            failing: failing(10, Code::Unavailable),
            is_hanging: false,
        };
        check("payment=delay:200ms,fail:10%", payment(), both);
        let tail = Fault { delay: delay(1_000, Spread::Tail), ..Fault::default() };
        check("payment-2=delay:1s:tail", Whom::Instance("payment-2".to_owned()), tail);
        let other = Fault { failing: failing(5, Code::NotFound), ..Fault::default() };
        check("payment = fail:5:not_found", payment(), other);
        check("payment=hang", payment(), Fault { is_hanging: true, ..Fault::default() });
    }

    #[test]
    fn what_contradicts_itself_or_is_unknown_is_refused_in_words() {
        let check = |text: &str, part: &str| {
            let words = fault_of(text).unwrap_err();
            assert!(words.contains(part), "{text}: {words}");
        };
        check("payment", "payment=delay:200ms");
        check("paymnt=hang", "payment");
        check("payment=hang,fail:10%", "hang");
        check("payment=delay:1s,delay:2s", "delay");
        check("payment=delay:3s", "2 s");
        check("payment=fail:120%", "100");
        check("payment=fail:10%:NOT_FOUNT", "NOT_FOUND");
        check("payment=fail:10%:OK", "OK");
        check("payment=crash", "payment=delay:200ms");
        check("payment-0=hang", "payment");
        check("payment=fail:10%:OKAY", "there are: CANCELLED");
        assert_eq!(scale_of("catalog=5"), Ok(("catalog".to_owned(), 5)));
        assert!(scale_of("catalog=500").unwrap_err().contains(&max_instances().to_string()));
        assert!(scale_of("catlog=5").unwrap_err().contains("catalog"));
        assert!(scale_of("catalog").is_err() && scale_of("catalog=0").is_err());
        assert_eq!((traffic_of("200"), port_of("0")), (Ok(200), Ok(0)));
        assert!(traffic_of("2.5").is_err() && traffic_of("1001").is_err() && port_of("x").is_err());
        assert!(answer_of("a.B/C={}").is_ok() && answer_of("nothing").is_err());
    }

    #[test]
    fn several_faults_agree_or_are_refused() {
        let of = |faults: &[&str], scale: &[&str]| {
            let faults = faults.iter().map(|text| fault_of(text).unwrap()).collect();
            let scale = scale.iter().map(|text| scale_of(text).unwrap()).collect();
            agreed(faults, scale)
        };
        let refused = |faults: &[&str], scale: &[&str], part: &str| {
            let words = of(faults, scale).unwrap_err();
            assert!(words.contains(part), "{faults:?} {scale:?}: {words}");
        };
        let (faults, _) = of(&["payment=delay:1s", "payment=fail:10%"], &[]).unwrap();
        assert_eq!(faults, [fault_of("payment=delay:1s,fail:10%").unwrap()]);
        let (faults, sizes) = of(&["catalog-5=hang", "catalog=fail:1%"], &["catalog=5"]).unwrap();
        let last = faults.last().map(|(whom, _)| whom);
        assert_eq!(last, Some(&Whom::Instance("catalog-5".to_owned())), "the instance goes last");
        assert_eq!(sizes.get("catalog"), Some(&5));
        refused(&["payment=hang", "payment=fail:10%"], &[], "hang stands alone");
        refused(&["payment=delay:1s", "payment=delay:2s"], &[], "twice");
        refused(&["payment-9=hang"], &[], "no payment-9");
        refused(&["catalog-3=hang"], &["catalog=2"], "no catalog-3");
        refused(&[], &["catalog=2", "catalog=4"], "catalog");
    }
}
