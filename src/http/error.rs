//! The one place where errors become statuses and bodies (RFC 9457).

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::query::QueryTooLong;
use crate::search::{self, ErrorKind};

/// An error as it is sent. The request's id is added on the way out.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) errors: Vec<ParameterError>,
}

/// What is wrong with one parameter.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ParameterError {
    pub(super) parameter: String,
    pub(super) got: String,
    pub(super) allowed: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Display) -> Self {
        Self {
            status,
            code,
            detail: detail.to_string(),
            errors: Vec::new(),
        }
    }

    pub(super) fn invalid(parameter: &str, got: &str, allowed: impl Display) -> Self {
        let detail = format!("`{parameter}` is `{}`; allowed: {allowed}", shortened(got));
        Self::parameter("invalid_parameter", detail, parameter, got, allowed)
    }

    pub(super) fn unknown(parameter: &str, got: &str, nearest: &str) -> Self {
        let shown = shortened(parameter);
        if nearest.is_empty() {
            let detail = format!("there is no parameter `{shown}` here; allowed: no parameters");
            return Self::parameter("unknown_parameter", detail, parameter, got, "no parameters");
        }
        let detail = format!("there is no parameter `{shown}` here; the nearest is `{nearest}`");
        Self::parameter("unknown_parameter", detail, parameter, got, nearest)
    }

    fn parameter(
        code: &'static str,
        detail: String,
        parameter: &str,
        got: &str,
        allowed: impl Display,
    ) -> Self {
        Self {
            errors: vec![ParameterError {
                parameter: shortened(parameter),
                got: shortened(got),
                allowed: allowed.to_string(),
            }],
            ..Self::new(StatusCode::BAD_REQUEST, code, detail)
        }
    }

    /// A parameter in the address where those of the body count.
    pub(super) fn not_in_address(parameter: &str, got: &str) -> Self {
        let shown = shortened(parameter);
        let allowed = "parameters in the body only";
        let detail = format!("`{shown}` stands in the address of a POST; allowed: {allowed}");
        Self::parameter("unknown_parameter", detail, parameter, got, allowed)
    }

    pub(super) fn not_found(detail: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    pub(super) fn too_busy() -> Self {
        let detail = "too many searches wait already; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy", detail)
    }

    pub(super) fn unauthorized() -> Self {
        let detail = "send the key of `[server] admin_key` as `Authorization: Bearer KEY`";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    pub(super) fn already_running() -> Self {
        let detail = "a run goes on already; `admin/runs` shows when it has ended";
        Self::new(StatusCode::CONFLICT, "too_busy", detail)
    }

    pub(super) fn no_body() -> Self {
        let detail = "the body did not come in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail)
    }

    pub(super) fn timeout() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            "the search took too long",
        )
    }

    pub(super) fn internal() -> Self {
        let detail = "something went wrong here; the log has the request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    fn title(&self) -> &'static str {
        match self.code {
            "invalid_parameter" => "A parameter has a wrong value",
            "unknown_parameter" => "A parameter does not exist",
            "query_too_long" => "The query is too long",
            "window_too_large" => "The results asked for lie too deep",
            "cursor_expired" => "The cursor's generation is gone",
            "unauthorized" => "A key is needed",
            "too_busy" => "The server is busy",
            "timeout" if self.status == StatusCode::REQUEST_TIMEOUT => "The request took too long",
            "timeout" => "The search took too long",
            "index_not_ready" => "No index is open yet",
            "internal" => "Internal error",
            _ if self.status == StatusCode::METHOD_NOT_ALLOWED => "Method not allowed",
            _ => "Not found",
        }
    }

    /// The body, with the id of the request.
    pub(super) fn body(&self, request_id: &str) -> String {
        json!({
            "type": format!("urn:yicha:problem:{}", self.code),
            "title": self.title(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            "errors": self.errors,
        })
        .to_string()
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

impl From<QueryTooLong> for Problem {
    fn from(error: QueryTooLong) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "query_too_long", error)
    }
}

impl From<search::Error> for Problem {
    fn from(error: search::Error) -> Self {
        match error.kind() {
            ErrorKind::Missing => Self::not_found(error),
            ErrorKind::Gone => Self::new(StatusCode::GONE, "cursor_expired", error),
            ErrorKind::Timeout => Self::timeout(),
            ErrorKind::NotReady => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "index_not_ready", error)
            }
            ErrorKind::Internal => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(error = %error, cause = cause.as_deref(), "a search failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    /// The problem travels as an extension; the outermost layer, which knows the request's id,
    /// writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110, 15.5.2: it has to say how to do better.
            let scheme = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            // RFC 9110, 15.5.9: what still comes of the body is not waited for.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response.extensions_mut().insert(self);
        response
    }
}
