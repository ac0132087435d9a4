"""ECS: the cluster, its capacity providers, the task definition and the service."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.realisers.drift import drifted
from local.realisers.inputs import Reader, fit
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs


class FleetRealiser(Realiser):
    """What the types of ECS share: tags by ARN."""

    service = "ecs"

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(resourceArn=known["arn"], tags=pairs(tags, "key", "value"))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(resourceArn=known["arn"], tagKeys=list(keys))

    def active_cluster(self, cluster: str) -> bool:
        """Whether the cluster (name or ARN) is there and not merely remembered."""
        clusters = self.aws.describe_clusters(clusters=[cluster])["clusters"]
        return any(found["status"] == "ACTIVE" for found in clusters)


class Cluster(FleetRealiser):
    """Its id is its ARN."""

    pulumi_type = "aws:ecs/cluster:Cluster"
    name = Name("name", 255)
    replaced_by = frozenset({"name"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(self.request("CreateCluster"), {"name": "clusterName"})
        return self.aws.create_cluster(**request)["cluster"]["clusterArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {"arn": resource_id} if self.active_cluster(resource_id) else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take("name")
            request = given.fit(self.request("UpdateCluster"))
        self.aws.update_cluster(cluster=resource_id, **{"settings": [], **request})

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_cluster, cluster=resource_id)


class ClusterCapacityProviders(FleetRealiser):
    """Its id is the cluster's name."""

    pulumi_type = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
    replaced_by = frozenset({"clusterName"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            cluster = given.take("clusterName")
            request = given.fit(
                self.request("PutClusterCapacityProviders"),
                {"defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy"},
            )
        empty = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
        self.aws.put_cluster_capacity_providers(cluster=cluster, **{**empty, **request})
        return cluster

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {} if self.active_cluster(resource_id) else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if self.active_cluster(resource_id):
            self.create({"clusterName": resource_id})


class TaskDefinition(FleetRealiser):
    """A revision never changes: every change is another revision of the family, and the old one is deregistered.

    Its id is its family's name, so known outputs tell which revision is meant.
    """

    pulumi_type = "aws:ecs/taskDefinition:TaskDefinition"
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            containers = given.take("containerDefinitions")
            request = given.fit(self.request("RegisterTaskDefinition"))
        request["containerDefinitions"] = _containers(self, containers)
        return self.aws.register_task_definition(**request)["taskDefinition"]["family"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        try:
            found = self.aws.describe_task_definition(taskDefinition=known.get("arn", resource_id))
        except self.aws.exceptions.ClientException:
            return None
        task = found["taskDefinition"]
        if task["status"] != "ACTIVE":
            return None
        arn = task["taskDefinitionArn"]
        return {"arn": arn, "arnWithoutRevision": arn.rpartition(":")[0], "revision": task["revision"]}

    def delete(self, resource_id: str, known: Properties) -> None:
        if self.read(resource_id, known):
            self.aws.deregister_task_definition(taskDefinition=known["arn"])


def _containers(realiser: TaskDefinition, document: str) -> list[dict[str, Any]]:
    """The program's JSON of container definitions. AWS's provider drops a key that ECS lacks; here it is refused."""
    shape = realiser.request("RegisterTaskDefinition")
    wrapped = {"containerDefinitions": json.loads(document)}
    return fit(shape, wrapped, where=realiser.pulumi_type, renames={})["containerDefinitions"]


class Service(FleetRealiser):
    """Its id is its ARN. `desiredCount` is sent when it is made, and again only where the program changed it.

    Moto forgets part of a new service (deployment configuration, capacity providers, execute command) but keeps what
    an update says, so what it was created with is said once more.
    """

    pulumi_type = "aws:ecs/service:Service"
    name = Name("name", 255)
    replaced_by = frozenset({"name", "cluster", "launchType", "schedulingStrategy"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            desired = given.take("desiredCount", 0)
            settings = self._settings(given)
            identity = self.fixed(given, "CreateService", {"name": "serviceName"})
        created = self.aws.create_service(**identity, **settings, desiredCount=desired)
        self.aws.update_service(cluster=identity["cluster"], service=identity["serviceName"], **settings)
        return created["service"]["serviceArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_services, cluster=known["cluster"], services=[resource_id])
        there = found and any(service["status"] == "ACTIVE" for service in found["services"])
        return {"arn": resource_id} if there else None

    def drift(self, resource_id: str, known: Properties) -> Properties:
        """Of the count, the task definition, and how a deployment goes about it."""
        [live] = self.aws.describe_services(cluster=known["cluster"], services=[resource_id])["services"]
        members = {name: name for name in ("desiredCount", "taskDefinition", "enableExecuteCommand")}
        deployment = {"deploymentMaximumPercent": "maximumPercent"} | {
            "deploymentMinimumHealthyPercent": "minimumHealthyPercent"
        }
        return drifted(known, members, live) | drifted(known, deployment, live.get("deploymentConfiguration", {}))

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            desired = given.take("desiredCount", 0)
            settings = self._settings(given)
            self.fixed(given, "CreateService", {"name": "serviceName"})
        count = {} if desired == old.get("desiredCount", 0) else {"desiredCount": desired}
        self.aws.update_service(cluster=inputs["cluster"], service=resource_id, **settings, **count)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_service, cluster=known["cluster"], service=resource_id, force=True)

    def _settings(self, given: Reader) -> dict[str, Any]:
        """What CreateService and UpdateService both take."""
        network = given.part("networkConfiguration")
        deployment = {
            member: value
            for name, member in (
                ("deploymentMaximumPercent", "maximumPercent"),
                ("deploymentMinimumHealthyPercent", "minimumHealthyPercent"),
                ("deploymentCircuitBreaker", "deploymentCircuitBreaker"),
            )
            if (value := given.take(name)) is not None
        }
        vpc = network.take_all("subnets", "securityGroups")
        vpc["assignPublicIp"] = "ENABLED" if network.take("assignPublicIp", False) else "DISABLED"
        rest = given.take_all(
            "taskDefinition",
            "platformVersion",
            "availabilityZoneRebalancing",
            "enableEcsManagedTags",
            "enableExecuteCommand",
            "propagateTags",
            "healthCheckGracePeriodSeconds",
        )
        strategy = given.take("capacityProviderStrategies")
        if strategy is not None:
            rest["capacityProviderStrategy"] = strategy
        balancers = given.take("loadBalancers")
        if balancers is not None:
            rest["loadBalancers"] = balancers
        if deployment:
            rest["deploymentConfiguration"] = deployment
        if "subnets" in vpc:
            rest["networkConfiguration"] = {"awsvpcConfiguration": vpc}
        return fit(self.request("UpdateService"), rest, where=self.pulumi_type, renames={})
