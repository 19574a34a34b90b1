//! Pages over HTTP: for Prometheus, for monitors, for people.

use granary_api::common::HealthStatus;
use granary_api::http::{HttpRequest, HttpResponse};
use granary_kernel::Canister;

use super::{Host, KindOf, families, health};
use crate::http::{self, Request, Route, html_escape, json_escape};
use crate::{Env, message, origin};

/// Answers a request the gateway forwards: the pages every canister has, then `own`.
pub fn serve<H: Host>(request: &HttpRequest, own: &[Route]) -> HttpResponse {
    let common = [
        Route { path: "/metrics", handler: metrics::<H> },
        Route { path: "/monitoring/metrics", handler: metrics::<H> },
        Route { path: "/health", handler: health_page::<H> },
        Route { path: "/monitoring/health", handler: health_page::<H> },
        Route { path: "/monitoring/alerts", handler: alerts::<H> },
        Route { path: "/logs", handler: logs },
        Route { path: "/dashboard", handler: dashboard::<H> },
        Route { path: "/", handler: dashboard::<H> },
    ];
    let routes = [&common, own].concat();
    http::serve(request, message::in_replicated_execution(), &routes)
}

fn metrics<H: Host>(_: &Request<'_>) -> HttpResponse {
    http::metrics(H::read(|store| families::scrape::<H>(store, &Env::here())))
}

/// The name of a status on the wire.
const fn name(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Healthy => "Healthy",
        HealthStatus::Degraded => "Degraded",
        HealthStatus::Critical => "Critical",
    }
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| format!("\"{}\"", json_escape(text))).collect();
    quoted.join(",")
}

/// 503 when Critical, so that a plain monitor needs no parser.
fn health_page<H: Host>(_: &Request<'_>) -> HttpResponse {
    let health = H::read(|store| health::short::<H>(store, message::now()));
    let code = if health.status == HealthStatus::Critical { 503 } else { 200 };
    let body = format!(
        "{{\"status\":\"{}\",\"version\":\"{}\",\"schema\":{},\"reasons\":[{}]}}\n",
        name(health.status),
        origin::version(),
        health.schema,
        quoted(&health.reasons)
    );
    http::json(code, body)
}

fn alerts<H: Host>(_: &Request<'_>) -> HttpResponse {
    let checks = H::read(|store| health::checks::<H>(store, message::now()));
    let firing: Vec<_> = checks
        .iter()
        .filter(|check| check.status != HealthStatus::Healthy)
        .map(|check| {
            format!(
                "{{\"component\":\"{}\",\"level\":\"{}\",\"reason\":\"{}\"}}",
                check.name,
                name(check.status),
                json_escape(&check.reason)
            )
        })
        .collect();
    http::json(200, format!("{{\"firing\":[{}]}}\n", firing.join(",")))
}

/// Log lines have readers with roles; a page over HTTP has none.
fn logs(_: &Request<'_>) -> HttpResponse {
    http::text(403, "log lines are for operators and auditors: call get_logs with an identity\n")
}

fn dashboard<H: Host>(_: &Request<'_>) -> HttpResponse {
    let (health, figures, events) = H::read(|store| {
        let health = health::short::<H>(store, message::now());
        (health, H::figures(store), store.journal_head().0)
    });
    let figures = figures.into_iter().chain([("Events", events.to_string())]);
    let row = |(key, value): (&str, String)| {
        format!("<tr><th>{}</th><td>{}</td></tr>\n", html_escape(key), html_escape(&value))
    };
    let rows: String = figures.map(row).collect();
    let reasons: Vec<_> =
        health.reasons.iter().map(|text| format!("<li>{}</li>", html_escape(text))).collect();
    let reasons = reasons.concat();
    let title = KindOf::<H>::KIND;
    http::html(format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n\
         <style>body{{font-family:sans-serif;max-width:40em;margin:2em auto}}\
         th{{text-align:left;padding-right:2em}}</style>\n\
         <h1>{title}</h1>\n<p>{}, version {}, schema {}</p>\n<ul>{reasons}</ul>\n\
         <table>\n{rows}</table>\n</html>\n",
        name(health.status),
        origin::version(),
        health.schema,
    ))
}
