//! The init arguments of a `.did` file, as the text of the `candid:args` section.

use std::collections::{BTreeMap, BTreeSet};

/// The types of the service's init arguments with every definition they use, or `None` for a
/// service without init arguments.
///
/// Works on the layout the Candid printer gives to a generated file: each definition starts with
/// `type` at the beginning of a line and ends before the next one, and the service comes last.
pub(crate) fn init_args(did: &str) -> Option<String> {
    let without_comments: Vec<&str> =
        did.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let text = without_comments.join("\n") + "\n";
    let service = text.find("\nservice").map_or(0, |at| at + 1);
    let (definitions, service) = text.split_at(service);
    let after_colon = service.strip_prefix("service")?.trim_start().strip_prefix(':')?.trim_start();
    let arguments = parenthesised(after_colon)?;
    if !after_colon[arguments.len()..].trim_start().starts_with("->") {
        return None;
    }
    let definitions = split_definitions(definitions);
    let mut used = BTreeSet::new();
    let mut open: Vec<&str> = identifiers(arguments).collect();
    while let Some(name) = open.pop() {
        if let Some(body) = definitions.get(name)
            && used.insert(name)
        {
            open.extend(identifiers(body));
        }
    }
    let mut output: String = used.iter().map(|name| definitions[name]).collect();
    output.push_str(arguments);
    Some(output)
}

/// The leading `(…)` of the text, up to the parenthesis that closes it.
fn parenthesised(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[..=at]);
        }
    }
    None
}

/// Name → full text of each `type` definition.
fn split_definitions(text: &str) -> BTreeMap<&str, &str> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .filter(|&at| text[at..].starts_with("type "))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| {
            let definition = &text[start..end];
            Some((identifiers(definition).nth(1)?, definition))
        })
        .collect()
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "\
// A comment naming type Ghost = nat;
type Unused = record { a : nat };
type InstallArgs = variant {
  // docs with (parentheses)
  Init : InitArgs;
  Upgrade : UpgradeArgs;
};
type InitArgs = record { bound : nat };
type UpgradeArgs = record { bound : opt nat };
service : (opt InstallArgs) -> {
  get_health : () -> (Unused) query;
}
";

    #[test]
    fn keeps_exactly_the_definitions_that_are_used() {
        assert_eq!(
            init_args(DID).as_deref(),
            Some(
                "type InitArgs = record { bound : nat };\n\
                 type InstallArgs = variant {\n  Init : InitArgs;\n  Upgrade : UpgradeArgs;\n};\n\
                 type UpgradeArgs = record { bound : opt nat };\n\
                 (opt InstallArgs)"
            )
        );
    }

    #[test]
    fn a_service_without_init_arguments_has_none() {
        assert_eq!(init_args("service : { ping : () -> () }"), None);
        assert_eq!(init_args("type A = nat;\nservice : {}"), None);
        assert_eq!(init_args(""), None);
    }
}
