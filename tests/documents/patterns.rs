//! Every pattern of the resilience crate is a part of a flow: decision 17 says which, and the code
//! of that flow is looked at.

/// The patterns, by the names the field has for them.
const PATTERNS: [&str; 9] = [
    "circuit breaker",
    "retry with backoff",
    "token bucket",
    "least recently used",
    "time to live",
    "lazy value",
    "batch",
    "percentiles",
    "health checker",
];

/// A row of the table: pattern, machine, file.
fn rows(page: &str) -> Vec<(&str, &str, &str)> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[pattern, machine, _, file] = cells.as_slice() else { return None };
        Some((pattern, machine.trim_matches('`'), file.trim_matches('`')))
    })
    .collect()
}

/// The part of a source file that is not for tests, without its comments.
fn code(source: &str) -> String {
    // Tests come last in a file; a module that only tests use may be named at its beginning.
    let shipped = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = shipped.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.filter(|line| !line.trim_start().starts_with("use ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_pattern_is_a_part_of_a_flow() {
    let root = granary_build::workspace_root().expect("tests run inside the checkout");
    let read = |path: &str| {
        let text = std::fs::read_to_string(root.join(path));
        text.unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let page = read("docs/adr/0017-resilience.md");
    let rows = rows(&page);
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), PATTERNS);
    for (pattern, machine, file) in rows {
        let code = code(&read(file));
        assert!(code.contains(machine), "{file} does not use {machine}, the {pattern}");
    }
}

#[test]
fn comments_imports_and_tests_are_no_flow() {
    let source = "use a::Batch;\n// Batch\nfn a() {}\n#[cfg(test)]\nmod tests { Batch }";
    assert!(!code(source).contains("Batch"), "{}", code(source));
    assert!(code("let all = Batch::new(); // all").contains("Batch"));
}
