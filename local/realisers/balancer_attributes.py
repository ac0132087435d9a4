"""The settings that Elastic Load Balancing takes as attributes: pairs of texts, apart from all other inputs.

Names and defaults are those of its API reference (LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute).
"""

from collections.abc import Mapping

from local.realisers.inputs import Reader

LOAD_BALANCER = {
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
TARGET_GROUP = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "slowStart": "slow_start.duration_seconds",
}
LISTENER = {
    "routingHttpResponseContentSecurityPolicyHeaderValue": "routing.http.response.content_security_policy.header_value",
    "routingHttpResponseServerEnabled": "routing.http.response.server.enabled",
    "routingHttpResponseStrictTransportSecurityHeaderValue": (
        "routing.http.response.strict_transport_security.header_value"
    ),
    "routingHttpResponseXContentTypeOptionsHeaderValue": "routing.http.response.x_content_type_options.header_value",
    "routingHttpResponseXFrameOptionsHeaderValue": "routing.http.response.x_frame_options.header_value",
}
DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "deletion_protection.enabled": "false",
    "deregistration_delay.timeout_seconds": "300",
    "idle_timeout.timeout_seconds": "60",
    "lambda.multi_value_headers.enabled": "false",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.response.server.enabled": "true",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "slow_start.duration_seconds": "0",
    "waf.fail_open.enabled": "false",
}
"""What an attribute that the program no longer gives goes back to; those that are not here go back to nothing."""


def of_load_balancer(given: Reader) -> dict[str, str]:
    """A load balancer's attributes, taken."""
    logs: dict[str, str] = {}
    for name, kind in (("accessLogs", "access_logs"), ("connectionLogs", "connection_logs")):
        for part, value in given.part(name).take_all("bucket", "enabled", "prefix").items():
            logs[f"{kind}.s3.{part}"] = _text(value)
    return _taken(given, LOAD_BALANCER) | logs


def of_target_group(given: Reader) -> dict[str, str]:
    """A target group's attributes, taken."""
    stickiness = given.part("stickiness").take_all("enabled", "type")
    return _taken(given, TARGET_GROUP) | {f"stickiness.{name}": _text(value) for name, value in stickiness.items()}


def of_listener(given: Reader) -> dict[str, str]:
    """A listener's attributes, taken."""
    return _taken(given, LISTENER)


def changed(now: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """What to set: what differs, and the default of what is gone."""
    gone = {name: DEFAULTS.get(name, "") for name in before if name not in now}
    return gone | {name: value for name, value in now.items() if before.get(name) != value}


def _taken(given: Reader, names: Mapping[str, str]) -> dict[str, str]:
    return {names[name]: _text(value) for name, value in given.take_all(*names).items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
