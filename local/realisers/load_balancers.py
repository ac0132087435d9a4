"""Application load balancers: their listeners and rules, and the groups of targets that these forward to."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence
from typing import Any

from local.realisers import balancer_attributes as attributes
from local.realisers.inputs import Reader, fit
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs

ACTION_RENAMES = {
    "fixedResponse": "FixedResponseConfig",
    "forward": "ForwardConfig",
    "forward.stickiness": "TargetGroupStickinessConfig",
    "forward.stickiness.duration": "DurationSeconds",
    "forward.targetGroups.arn": "TargetGroupArn",
    "redirect": "RedirectConfig",
}
CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}
"""Pulumi's inputs for a condition, its field, and the member that holds its values."""
HEALTH_CHECK = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


class BalancerRealiser(Realiser):
    """What they share: ids that are ARNs, and tags by ARN."""

    service = "elbv2"
    taggable = True

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.add_tags(ResourceArns=[known["arn"]], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.remove_tags(ResourceArns=[known["arn"]], TagKeys=list(keys))

    def actions(self, given: Reader, name: str) -> list[dict[str, Any]]:
        """The actions of a listener or a rule as ELB has them."""
        shape = self.aws.meta.service_model.shape_for("Actions")
        taken = given.take(name, [])
        return fit(shape, taken, where=f"{self.pulumi_type}.{name}", renames=ACTION_RENAMES)


class LoadBalancer(BalancerRealiser):
    """An application load balancer."""

    pulumi_type = "aws:lb/loadBalancer:LoadBalancer"
    name = Name("name", 32)
    replaced_by = frozenset({"name", "internal", "loadBalancerType"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            settings = attributes.of_load_balancer(given)
            given_type = given.take("loadBalancerType", "application")
            scheme = "internal" if given.take("internal", False) else "internet-facing"
            request = given.fit(self.request("CreateLoadBalancer"))
        [made] = self.aws.create_load_balancer(**request, Scheme=scheme, Type=given_type)["LoadBalancers"]
        self._set(made["LoadBalancerArn"], settings)
        return made["LoadBalancerArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_load_balancers, LoadBalancerArns=[resource_id])
        if found is None:
            return None
        [balancer] = found["LoadBalancers"]
        return {
            "arn": resource_id,
            "arnSuffix": resource_id.partition(":loadbalancer/")[2],
            "dnsName": balancer["DNSName"],
            "vpcId": balancer["VpcId"],
            "zoneId": balancer["CanonicalHostedZoneId"],
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            settings = attributes.of_load_balancer(given)
            given.take_all("name", "internal", "loadBalancerType")
            rest = given.take_all("subnets", "securityGroups", "ipAddressType")
        if rest.get("subnets") != old.get("subnets"):
            self.aws.set_subnets(LoadBalancerArn=resource_id, Subnets=rest["subnets"])
        if rest.get("securityGroups") != old.get("securityGroups"):
            self.aws.set_security_groups(LoadBalancerArn=resource_id, SecurityGroups=rest["securityGroups"])
        if rest.get("ipAddressType") != old.get("ipAddressType"):
            self.aws.set_ip_address_type(LoadBalancerArn=resource_id, IpAddressType=rest.get("ipAddressType", "ipv4"))
        before = attributes.of_load_balancer(self.reading(old))
        self._set(resource_id, attributes.changed(settings, before))

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_load_balancer, LoadBalancerArn=resource_id)

    def _set(self, arn: str, settings: Mapping[str, str]) -> None:
        if settings:
            self.aws.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=pairs(settings))


class TargetGroup(BalancerRealiser):
    """Who may be forwarded to, and when they count as healthy."""

    pulumi_type = "aws:lb/targetGroup:TargetGroup"
    name = Name("name", 32)
    replaced_by = frozenset({"name", "ipAddressType", "port", "protocol", "protocolVersion", "targetType", "vpcId"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            settings, check = attributes.of_target_group(given), _health_check(given)
            identity = self.fixed(given, "CreateTargetGroup")
        [made] = self.aws.create_target_group(**identity, **check)["TargetGroups"]
        self._set(made["TargetGroupArn"], settings)
        return made["TargetGroupArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_target_groups, TargetGroupArns=[resource_id])
        if found is None:
            return None
        [group] = found["TargetGroups"]
        return {
            "arn": resource_id,
            "arnSuffix": resource_id.rpartition(":")[2],
            "loadBalancerArns": group.get("LoadBalancerArns", []),
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            settings, check = attributes.of_target_group(given), _health_check(given)
            self.fixed(given, "CreateTargetGroup")
        was = self.reading(old)
        before, check_before = attributes.of_target_group(was), _health_check(was)
        if check != check_before:
            self.aws.modify_target_group(TargetGroupArn=resource_id, **check)
        self._set(resource_id, attributes.changed(settings, before))

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_target_group, TargetGroupArn=resource_id)

    def _set(self, arn: str, settings: Mapping[str, str]) -> None:
        if settings:
            self.aws.modify_target_group_attributes(TargetGroupArn=arn, Attributes=pairs(settings))


def _health_check(given: Reader) -> dict[str, Any]:
    check = given.part("healthCheck")
    matcher = check.take("matcher")
    taken = {HEALTH_CHECK[name]: value for name, value in check.take_all(*HEALTH_CHECK).items()}
    return taken if matcher is None else {**taken, "Matcher": {"HttpCode": str(matcher)}}


class TargetGroupAttachment(BalancerRealiser):
    """One target that is registered for as long as the program says so: a function. Tasks are registered by ECS."""

    pulumi_type = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
    replaced_by = None
    taggable = False

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            group, target = given.take("targetGroupArn"), _target(given)
        self.aws.register_targets(TargetGroupArn=group, Targets=[target])
        return f"{group}-{target['Id']}"

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_target_health, TargetGroupArn=known["targetGroupArn"])
        targets = [described["Target"]["Id"] for described in found["TargetHealthDescriptions"]] if found else []
        return {} if known["targetId"] in targets else None

    def delete(self, resource_id: str, known: Properties) -> None:
        target = _target(Reader(self.pulumi_type, known))
        if_there(self.aws.deregister_targets, TargetGroupArn=known["targetGroupArn"], Targets=[target])


def _target(given: Reader) -> dict[str, Any]:
    names = {"targetId": "Id", "port": "Port", "availabilityZone": "AvailabilityZone"}
    return {names[name]: value for name, value in given.take_all(*names).items()}


class Listener(BalancerRealiser):
    """A port of a load balancer, and what happens to requests that no rule takes."""

    pulumi_type = "aws:lb/listener:Listener"
    replaced_by = frozenset({"loadBalancerArn"})

    def create(self, inputs: Properties) -> str:
        request, settings = self._request(inputs)
        [made] = self.aws.create_listener(LoadBalancerArn=inputs["loadBalancerArn"], **request)["Listeners"]
        self._set(made["ListenerArn"], settings)
        return made["ListenerArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_listeners, ListenerArns=[resource_id])
        return {"arn": resource_id} if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        request, settings = self._request(inputs)
        self.aws.modify_listener(ListenerArn=resource_id, **request)
        self._set(resource_id, attributes.changed(settings, attributes.of_listener(self.reading(old))))

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_listener, ListenerArn=resource_id)

    def _request(self, inputs: Properties) -> tuple[dict[str, Any], dict[str, str]]:
        with self.reading(inputs) as given:
            given.take("loadBalancerArn")
            settings, actions = attributes.of_listener(given), self.actions(given, "defaultActions")
            certificate = given.take("certificateArn")
            rest = given.fit(self.request("ModifyListener"))
        if certificate:
            rest["Certificates"] = [{"CertificateArn": certificate}]
        return {**rest, "DefaultActions": actions}, settings

    def _set(self, arn: str, settings: Mapping[str, str]) -> None:
        if settings:
            self.aws.modify_listener_attributes(ListenerArn=arn, Attributes=pairs(settings))


class ListenerRule(BalancerRealiser):
    """Which requests go where. Only what the program changed is sent: the weights may be someone else's by now."""

    pulumi_type = "aws:lb/listenerRule:ListenerRule"
    replaced_by = frozenset({"listenerArn"})

    def create(self, inputs: Properties) -> str:
        [made] = self.aws.create_rule(ListenerArn=inputs["listenerArn"], **self._request(inputs))["Rules"]
        return made["RuleArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {"arn": resource_id} if if_there(self.aws.describe_rules, RuleArns=[resource_id]) else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        now, before = self._request(inputs), self._request(old)
        if now["Priority"] != before["Priority"]:
            priority = {"RuleArn": resource_id, "Priority": now["Priority"]}
            self.aws.set_rule_priorities(RulePriorities=[priority])
        changes = {member: now[member] for member in ("Actions", "Conditions") if now[member] != before[member]}
        if changes:
            self.aws.modify_rule(RuleArn=resource_id, **changes)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_rule, RuleArn=resource_id)

    def _request(self, inputs: Properties) -> dict[str, Any]:
        with self.reading(inputs) as given:
            given.take("listenerArn")
            actions = self.actions(given, "actions")
            conditions = [self._condition(condition) for condition in given.parts("conditions")]
            priority = given.take("priority")
        return {"Priority": priority, "Actions": actions, "Conditions": conditions}

    def _condition(self, condition: Reader) -> dict[str, Any]:
        shape = self.aws.meta.service_model.shape_for("RuleCondition")
        queries = condition.take("queryStrings")
        if queries is not None:
            found: dict[str, Any] = {"field": "query-string", "queryStringConfig": {"values": queries}}
        else:
            [(name, value)] = condition.take_all(*CONDITIONS).items()
            field, member = CONDITIONS[name]
            found = {"field": field, member: value}
        return fit(shape, found, where=self.pulumi_type, renames={})
