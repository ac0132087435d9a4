"""Every resource type that can be realised, by Pulumi's token."""

from local.realisers import (
    buckets,
    egress,
    fleet,
    functions,
    images,
    insight,
    load_balancers,
    network,
    notices,
    queues,
    roles,
    schedules,
    secret_store,
    security_groups,
    tables,
    watching,
)
from local.realisers.realiser import Realiser

REALISERS: dict[str, type[Realiser]] = {
    realiser.pulumi_type: realiser
    for realiser in (
        network.Vpc,
        network.InternetGateway,
        network.Subnet,
        network.RouteTable,
        network.RouteTableAssociation,
        network.VpcEndpoint,
        security_groups.SecurityGroup,
        security_groups.DefaultSecurityGroup,
        egress.Eip,
        egress.NatGateway,
        egress.SecurityGroupIngressRule,
        egress.SecurityGroupEgressRule,
        buckets.Bucket,
        buckets.BucketPublicAccessBlock,
        buckets.BucketServerSideEncryptionConfiguration,
        buckets.BucketLifecycleConfiguration,
        buckets.BucketOwnershipControls,
        buckets.BucketPolicy,
        buckets.BucketVersioning,
        buckets.BucketLogging,
        tables.Table,
        queues.Queue,
        queues.QueuePolicy,
        queues.RedriveAllowPolicy,
        watching.LogGroup,
        watching.MetricAlarm,
        insight.Dashboard,
        insight.QueryDefinition,
        insight.LogMetricFilter,
        notices.Topic,
        notices.TopicPolicy,
        notices.TopicSubscription,
        roles.Role,
        roles.RolePolicy,
        fleet.Cluster,
        fleet.ClusterCapacityProviders,
        fleet.TaskDefinition,
        fleet.Service,
        images.Repository,
        images.LifecyclePolicy,
        images.Image,
        load_balancers.LoadBalancer,
        load_balancers.TargetGroup,
        load_balancers.TargetGroupAttachment,
        load_balancers.Listener,
        load_balancers.ListenerRule,
        functions.Function,
        functions.LayerVersion,
        functions.Permission,
        functions.EventSourceMapping,
        functions.FunctionEventInvokeConfig,
        functions.FunctionUrl,
        schedules.Schedule,
        secret_store.Secret,
        secret_store.SecretVersion,
    )
}


class UnknownTypeError(LookupError):
    """A resource type without a realiser."""

    def __init__(self, token: str) -> None:
        super().__init__(
            f"resources of type {token} cannot be realised here: take it out of the program, or write a class for "
            "it in local/realisers/ and name that in local/realisers/catalogue.py"
        )


def realiser_of(token: str) -> type[Realiser]:
    """The realiser of a type. Raises UnknownTypeError where there is none."""
    try:
        return REALISERS[token]
    except KeyError:
        raise UnknownTypeError(token) from None
