//! A port that serves one instance: `/api` to agents, everything else to browsers, by the
//! `http_request` method of the canister named in the host or the query.
//!
//! What a canister answers to a query is shown when it is certified, as on a production network.
//! To whoever asks for it raw it is shown in any case: at `<id>.raw.localhost`, or by `raw=true`
//! beside the `canisterId` where such a name does not resolve.

mod http_request;
mod streaming;
mod verification;

use std::path::{Path, PathBuf};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use candid::Principal;

use crate::instance::InstanceHandle;

#[derive(Clone, Debug)]
struct Gateway {
    instance: InstanceHandle,
    domains: Vec<String>,
    domains_file: Option<PathBuf>,
}

/// Routes of a port that serves `instance`, at `localhost`, under `domains`, and at the hosts that
/// `domains_file` names.
pub(crate) fn router(
    instance: InstanceHandle,
    domains: Vec<String>,
    domains_file: Option<PathBuf>,
) -> Router {
    Router::new().fallback(serve).layer(DefaultBodyLimit::disable()).with_state(Gateway {
        instance,
        domains,
        domains_file,
    })
}

async fn serve(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Pages of other origins talk to a development network; that is what it is for.
    if method == Method::OPTIONS {
        return allow_origins(StatusCode::NO_CONTENT.into_response());
    }
    let path = uri.path();
    if let Some(path) = path.strip_prefix("/api/") {
        let response = crate::agent::serve(&gateway.instance, &method, path, body).await;
        return allow_origins(response);
    }
    if path == "/_/topology" {
        return topology(&gateway.instance).await;
    }
    let by_file = || in_file(gateway.domains_file.as_deref()?, host_of(&uri, &headers)?);
    match site(&gateway.domains, &uri, &headers).or_else(by_file) {
        Some(site) => {
            let request = http_request::HttpRequest::new(&method, &uri, &headers, body);
            http_request::serve(&gateway.instance, site, request).await
        }
        None => (
            StatusCode::BAD_REQUEST,
            "no canister named: use http://<canister id>.localhost:<port>/ or \
             ?canisterId=<canister id>",
        )
            .into_response(),
    }
}

async fn topology(instance: &InstanceHandle) -> Response {
    let topology = instance.run(|instance| crate::pocketic::topology(&instance.network)).await;
    match topology {
        Ok(topology) => axum::Json(topology).into_response(),
        Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    }
}

fn allow_origins(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    for name in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_ALLOW_METHODS,
    ] {
        response.headers_mut().insert(name, any.clone());
    }
    response
}

/// What a browser asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Site {
    canister: Principal,
    /// What is not certified is shown as well.
    raw: bool,
}

/// The canister a browser means: by host, by query, or by the query of the page it came from.
fn site(domains: &[String], uri: &Uri, headers: &HeaderMap) -> Option<Site> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let by_host = host_of(uri, headers).and_then(|host| in_host(domains, host));
    let by_query = || uri.query().and_then(in_query);
    let by_referer = || {
        let referer: Uri = text(header::REFERER)?.parse().ok()?;
        let host = referer.authority().and_then(|host| in_host(domains, host.as_str()));
        host.or_else(|| referer.query().and_then(in_query))
    };
    by_host.or_else(by_query).or_else(by_referer)
}

/// The host a request is for, as it names it.
fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| uri.host())
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(host, _)| host)
}

/// The canister that a file of lines `host:canister id` names for a host.
fn in_file(file: &Path, host: &str) -> Option<Site> {
    let host = without_port(host);
    // The file is absent until somebody names a host, and small.
    let lines = std::fs::read_to_string(file).ok()?;
    lines.lines().find_map(|line| {
        let (name, canister) = line.trim().rsplit_once(':')?;
        let canister = Principal::from_text(canister).ok()?;
        name.eq_ignore_ascii_case(host).then_some(Site { canister, raw: false })
    })
}

fn in_host(domains: &[String], host: &str) -> Option<Site> {
    let host = without_port(host);
    let suffixes = domains.iter().map(String::as_str).chain(["localhost"]);
    for domain in suffixes {
        let Some(name) = host.strip_suffix(domain).and_then(|name| name.strip_suffix('.')) else {
            continue;
        };
        let certified = name.strip_suffix(".raw");
        if let Ok(canister) = Principal::from_text(certified.unwrap_or(name)) {
            return Some(Site { canister, raw: certified.is_some() });
        }
    }
    None
}

fn in_query(query: &str) -> Option<Site> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("canisterId="))?;
    let raw = query.split('&').any(|pair| pair == "raw=true");
    Some(Site { canister: Principal::from_text(value).ok()?, raw })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "lxzze-o7777-77777-aaaaa-cai";

    fn named(host: &str, uri: &str, referer: Option<&str>) -> Option<(String, bool)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a header value"));
        if let Some(referer) = referer {
            headers.insert(header::REFERER, referer.parse().expect("a header value"));
        }
        let domains = ["example.org".to_owned()];
        let uri = uri.parse().expect("a URI");
        site(&domains, &uri, &headers).map(|site| (site.canister.to_text(), site.raw))
    }

    #[test]
    fn a_canister_is_named_by_host_query_or_referer() {
        let (id, raw) = (Some((ID.to_owned(), false)), Some((ID.to_owned(), true)));
        assert_eq!(named(&format!("{ID}.localhost:8000"), "/", None), id);
        assert_eq!(named(&format!("{ID}.raw.localhost"), "/", None), raw);
        assert_eq!(named(&format!("{ID}.example.org"), "/", None), id);
        assert_eq!(named("localhost:1", &format!("/x?a=b&canisterId={ID}"), None), id);
        assert_eq!(named("localhost:1", &format!("/x?canisterId={ID}&raw=true"), None), raw);
        let referer = format!("http://localhost:1/?canisterId={ID}");
        assert_eq!(named("localhost:1", "/style.css", Some(&referer)), id);
        assert_eq!(named("localhost:1", "/", None), None);
        assert_eq!(named(&format!("{ID}.elsewhere.org"), "/", None), None);
    }

    #[test]
    fn a_file_names_further_hosts_and_may_be_absent_or_wrong() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("custom-domains.txt");
        let find = |host| in_file(&file, host).map(|site| site.canister.to_text());
        assert_eq!(find("books.local.localhost:8000"), None, "absent");
        let lines = format!("bad line\nother.localhost:nonsense\nbooks.local.localhost:{ID}\n");
        std::fs::write(&file, lines).expect("written");
        assert_eq!(find("Books.local.localhost:8000"), Some(ID.to_owned()));
        assert_eq!(find("other.localhost"), None);
        assert_eq!(find("local.localhost"), None);
    }
}
