//! `http_request` over a table of routes.
//!
//! Only `GET` and `HEAD`, only in queries that one replica answers, only bounded answers. What is
//! served here is not certified, so no decision may rest on it; the certified head of the journal
//! is the query `get_certified_head`.

use granary_api::http::{HttpRequest, HttpResponse};
use serde_bytes::ByteBuf;

/// Longest URL that is looked at.
pub const MAX_URL_BYTES: usize = 2_048;
/// Longest body that is sent.
pub const MAX_BODY_BYTES: usize = 1_500_000;

/// A path and what answers it.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The path, beginning with `/`, without query.
    pub path: &'static str,
    /// Makes the answer.
    pub handler: fn(&Request<'_>) -> HttpResponse,
}

/// The parts of a request a handler may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The path, without query.
    pub path: &'a str,
    /// What follows the question mark; empty when nothing does.
    pub query: &'a str,
}

impl Request<'_> {
    /// The number in the query parameter `name`.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse().ok())
    }
}

/// Answers `request` from `routes`. `replicated` is
/// [`crate::message::in_replicated_execution`].
pub fn serve(request: &HttpRequest, replicated: bool, routes: &[Route]) -> HttpResponse {
    if replicated {
        return text(400, "this page is served by queries only");
    }
    if request.method != "GET" && request.method != "HEAD" {
        return text(405, "only GET");
    }
    if request.url.len() > MAX_URL_BYTES {
        return text(414, "the address is too long");
    }
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let Some(route) = routes.iter().find(|route| route.path == path) else {
        return text(404, "there is no such page");
    };
    let mut response = (route.handler)(&Request { path, query });
    if response.body.len() > MAX_BODY_BYTES {
        return text(500, "the page is too long");
    }
    if request.method == "HEAD" {
        response.body = ByteBuf::new();
    }
    response
}

/// A plain text answer.
pub fn text(status_code: u16, body: &str) -> HttpResponse {
    body_of(status_code, "text/plain; charset=utf-8", body.as_bytes().to_vec())
}

/// The text of a scrape.
pub fn metrics(body: String) -> HttpResponse {
    body_of(200, "text/plain; version=0.0.4; charset=utf-8", body.into_bytes())
}

/// A JSON answer; `body` is JSON already.
pub fn json(status_code: u16, body: String) -> HttpResponse {
    body_of(status_code, "application/json", body.into_bytes())
}

/// A page for people: no scripts, no foreign origins.
pub fn html(body: String) -> HttpResponse {
    let mut response = body_of(200, "text/html; charset=utf-8", body.into_bytes());
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    response.headers.push(("Content-Security-Policy".to_owned(), policy.to_owned()));
    response
}

fn body_of(status_code: u16, content_type: &str, body: Vec<u8>) -> HttpResponse {
    let headers = [
        ("Content-Type", content_type),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ];
    HttpResponse {
        status_code,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: ByteBuf::from(body),
    }
}

/// `text` as the inside of a JSON string.
pub fn json_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if u32::from(c) < 0x20 => {
                out.push_str("\\u00");
                out.push(if u32::from(c) < 0x10 { '0' } else { '1' });
                out.push(char::from_digit(u32::from(c) % 16, 16).unwrap_or('0'));
            }
            c => out.push(c),
        }
    }
    out
}

/// `text` as the inside of an HTML element.
pub fn html_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &[Route] = &[
        Route { path: "/metrics", handler: |_| metrics("up 1\n".to_owned()) },
        Route {
            path: "/echo",
            handler: |request| text(200, &format!("{:?}", request.number("n"))),
        },
        Route { path: "/long", handler: |_| text(200, &"x".repeat(MAX_BODY_BYTES + 1)) },
    ];

    fn ask(method: &str, url: &str) -> HttpResponse {
        let request = HttpRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: vec![],
            body: ByteBuf::new(),
            certificate_version: None,
        };
        serve(&request, false, ROUTES)
    }

    #[test]
    fn routes_answer_and_everything_else_is_refused() {
        assert_eq!(ask("GET", "/metrics").body.as_slice(), b"up 1\n");
        assert_eq!(ask("GET", "/echo?m=1&n=12").body.as_slice(), b"Some(12)");
        assert_eq!(ask("GET", "/echo?n=x").body.as_slice(), b"None");
        assert_eq!(ask("HEAD", "/metrics").body.len(), 0);
        assert_eq!(ask("GET", "/").status_code, 404);
        assert_eq!(ask("GET", "/metrics/").status_code, 404);
        assert_eq!(ask("POST", "/metrics").status_code, 405);
        assert_eq!(ask("GET", "/long").status_code, 500);
        assert_eq!(ask("GET", &"/".repeat(MAX_URL_BYTES + 1)).status_code, 414);
    }

    #[test]
    fn replicated_execution_is_refused_politely() {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: "/metrics".to_owned(),
            headers: vec![],
            body: ByteBuf::new(),
            certificate_version: None,
        };
        assert_eq!(serve(&request, true, ROUTES).status_code, 400);
    }

    #[test]
    fn texts_cannot_break_out() {
        assert_eq!(json_escape("a\"b\\c\n"), "a\\\"b\\\\c\\u000a");
        assert_eq!(html_escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
