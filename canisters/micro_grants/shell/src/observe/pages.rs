//! Pages over HTTP: for Prometheus, for monitors, for people.

use granary_api::common::HealthStatus;
use granary_api::http::{HttpRequest, HttpResponse};
use granary_env::http::{self, Request, Route, html_escape, json_escape};
use granary_env::{Env, message};

use super::{families, health};
use crate::install::VERSION;
use crate::state;

const ROUTES: &[Route] = &[
    Route { path: "/metrics", handler: metrics },
    Route { path: "/monitoring/metrics", handler: metrics },
    Route { path: "/health", handler: health_page },
    Route { path: "/monitoring/health", handler: health_page },
    Route { path: "/monitoring/alerts", handler: alerts },
    Route { path: "/logs", handler: logs },
    Route { path: "/dashboard", handler: dashboard },
    Route { path: "/", handler: dashboard },
];

/// Answers a request the gateway forwards.
pub fn serve(request: &HttpRequest) -> HttpResponse {
    http::serve(request, message::in_replicated_execution(), ROUTES)
}

fn metrics(_: &Request<'_>) -> HttpResponse {
    http::metrics(state::read(|store| families::scrape(store, &Env::here())))
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
fn health_page(_: &Request<'_>) -> HttpResponse {
    let health = state::read(|store| health(store, message::now()));
    let code = if health.status == HealthStatus::Critical { 503 } else { 200 };
    let body = format!(
        "{{\"status\":\"{}\",\"version\":\"{VERSION}\",\"schema\":{},\"reasons\":[{}]}}\n",
        name(health.status),
        health.schema,
        quoted(&health.reasons)
    );
    http::json(code, body)
}

fn alerts(_: &Request<'_>) -> HttpResponse {
    let checks = state::read(|store| super::checks(store, message::now()));
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

fn dashboard(_: &Request<'_>) -> HttpResponse {
    let (health, totals, counts, events, symbol) = state::read(|store| {
        let asset = &store.config().asset;
        let symbol = html_escape(&asset.symbol);
        let health = health(store, message::now());
        (health, store.totals(), store.counts(), store.journal_head().0, symbol)
    });
    let [programs, _, grants, payouts] = counts;
    let rows = [
        ("Programmes", programs.to_string()),
        ("Applications", totals.submitted.to_string()),
        ("Approved", totals.approved.to_string()),
        ("Rejected", totals.rejected.to_string()),
        ("Grants", grants.to_string()),
        ("Payouts", payouts.to_string()),
        ("Budget available", format!("{} smallest units of {symbol}", totals.available)),
        ("Events", events.to_string()),
    ];
    let rows: String =
        rows.map(|(key, value)| format!("<tr><th>{key}</th><td>{value}</td></tr>\n")).concat();
    let reasons: Vec<_> =
        health.reasons.iter().map(|text| format!("<li>{}</li>", html_escape(text))).collect();
    http::html(format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>micro_grants</title>\n\
         <style>body{{font-family:sans-serif;max-width:40em;margin:2em auto}}\
         th{{text-align:left;padding-right:2em}}</style>\n\
         <h1>micro_grants</h1>\n<p>{}, version {VERSION}, schema {}</p>\n<ul>{}</ul>\n\
         <table>\n{rows}</table>\n</html>\n",
        name(health.status),
        health.schema,
        reasons.concat()
    ))
}
