//! Rules that need the syntax tree: lengths of functions, endpoints, hooks, guards.

use syn::{
    Attribute, ImplItemFn, ItemFn, Meta, TraitItemFn,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::{Finding, is_canister_side};

const FUNCTION_LINES_MAX: usize = 70;

/// Attributes by which a function becomes reachable from outside the canister.
const ENDPOINTS: [&str; 5] = ["update", "query", "init", "post_upgrade", "inspect_message"];

/// Hooks no canister has: the state is always on stable memory, and timers do the periodic work.
const FORBIDDEN_HOOKS: [&str; 2] = ["pre_upgrade", "heartbeat"];

/// The package whose manifest builds no tests: one written there would never run.
const WITHOUT_TESTS: &str = "crates/api/";

/// Checks one Rust source.
pub(super) fn check(path: &str, content: &str) -> Vec<Finding> {
    match syn::parse_file(content) {
        Ok(file) => {
            let mut visitor = Visitor { path, findings: Vec::new() };
            visitor.visit_file(&file);
            visitor.findings
        }
        Err(error) => {
            let line = error.span().start().line;
            vec![Finding::new(path, line, format!("does not parse: {error}"))]
        }
    }
}

struct Visitor<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Visitor<'_> {
    fn function(&mut self, name: &syn::Ident, span: proc_macro2::Span, attributes: &[Attribute]) {
        let (start, end) = (span.start().line, span.end().line);
        let lines = end + 1 - start;
        if lines > FUNCTION_LINES_MAX {
            let message = format!(
                "`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}: give its parts names"
            );
            self.findings.push(Finding::new(self.path, start, message));
        }
        if is_canister_side(self.path) {
            for attribute in attributes {
                self.attribute(attribute);
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute) {
        let Some(name) = attribute.path().segments.last().map(|part| part.ident.to_string()) else {
            return;
        };
        let line = attribute.span().start().line;
        if FORBIDDEN_HOOKS.contains(&name.as_str()) {
            let message = format!("no canister has a `{name}` hook; see docs/adr");
            self.findings.push(Finding::new(self.path, line, message));
        }
        if name == "test" && self.path.starts_with(WITHOUT_TESTS) {
            let message = "a test here never runs; test the type where it is used";
            self.findings.push(Finding::new(self.path, line, message));
        }
        if !ENDPOINTS.contains(&name.as_str()) {
            return;
        }
        if !in_endpoints(self.path) {
            let message = format!("`#[{name}]` outside the room endpoints; move it there");
            self.findings.push(Finding::new(self.path, line, message));
        }
        if let Meta::List(list) = &attribute.meta
            && list.tokens.clone().into_iter().any(|token| token.to_string() == "guard")
        {
            let message = "`guard =` refuses with a text; resolve the actor in the first line";
            self.findings.push(Finding::new(self.path, line, message));
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig.ident, span(item.sig.span(), &item.block), &item.attrs);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig.ident, span(item.sig.span(), &item.block), &item.attrs);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident, span(item.sig.span(), block), &item.attrs);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

/// Whether the file is the room of a canister's entry points, which may be one file or a folder.
fn in_endpoints(path: &str) -> bool {
    let room = match path.strip_prefix("tests/canisters/") {
        Some(fixture) => fixture.split_once("/src/endpoints"),
        None => path.split_once("/shell/src/endpoints"),
    };
    room.is_some_and(|(_, rest)| rest == ".rs" || rest.starts_with('/'))
}

/// From the signature to the closing brace: documentation does not count as length.
fn span(signature: proc_macro2::Span, block: &syn::Block) -> proc_macro2::Span {
    signature.join(block.span()).unwrap_or_else(|| block.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, content: &str) -> Vec<String> {
        check(path, content).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_functions() {
        let body = |lines: usize| format!("/// Docs.\nfn f() {{\n{}}}\n", "();\n".repeat(lines));
        assert_eq!(messages("a.rs", &body(68)), Vec::<String>::new());
        assert_eq!(
            messages("a.rs", &body(69)),
            ["a.rs:2: `f` has 71 lines, at most 70: give its parts names"]
        );
        let method = format!("struct A;\nimpl A {{\n{}}}\n", body(69));
        assert_eq!(messages("a.rs", &method).len(), 1, "methods count too");
    }

    #[test]
    fn endpoints_live_in_one_file() {
        let update = "#[update]\nfn a() {}\n";
        for room in [
            "canisters/a/shell/src/endpoints.rs",
            "canisters/a/shell/src/endpoints/x.rs",
            "tests/canisters/a/src/endpoints.rs",
        ] {
            assert_eq!(messages(room, update), Vec::<String>::new());
        }
        assert_eq!(
            messages("canisters/a/shell/src/flows/pay.rs", "#[ic_cdk::query]\nfn a() {}\n"),
            ["canisters/a/shell/src/flows/pay.rs:1: `#[query]` outside the room endpoints; move \
              it there"]
        );
        assert_eq!(messages("crates/env/src/http.rs", update).len(), 1, "shared crates have none");
        assert_eq!(messages("cli/src/a.rs", update), Vec::<String>::new(), "not a canister");
    }

    #[test]
    fn no_guard_and_no_pre_upgrade() {
        let path = "canisters/a/shell/src/endpoints.rs";
        assert_eq!(
            messages(path, "#[update(guard = \"is_owner\")]\nfn a() {}\n"),
            ["canisters/a/shell/src/endpoints.rs:1: `guard =` refuses with a text; resolve the \
              actor in the first line"]
        );
        assert_eq!(
            messages(path, "#[pre_upgrade]\nfn a() {}\n"),
            ["canisters/a/shell/src/endpoints.rs:1: no canister has a `pre_upgrade` hook; see \
              docs/adr"]
        );
    }

    #[test]
    fn no_test_where_none_would_run() {
        let test = "#[cfg(test)]\nmod tests {\n#[test]\nfn a() {}\n}\n";
        assert_eq!(
            messages("crates/api/src/common.rs", test),
            ["crates/api/src/common.rs:3: a test here never runs; test the type where it is used"]
        );
        assert_eq!(messages("crates/errors/src/wire.rs", test), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_parse_is_told() {
        assert_eq!(messages("a.rs", "fn (\n").len(), 1);
    }
}
