"""What has to be allowed to whoever deploys, a row a resource type.

A row is what AWS's provider calls to make, read, change and delete a resource. `tests/local/realisers` shows a part of
it: what the stand-ins of `local/realisers` call for a type is in its row. The rest are the further reads and waits of
Pulumi's AWS provider 7 (which is built from Terraform's 6), by its source: it reads back all that a resource could
have, set or not. Most of AWS's operations have an action of their name; the others are those of the Service
Authorization Reference.
"""

from collections.abc import Mapping

_NETWORK_TAGS = "CreateTags DeleteTags"
_INTERFACES = "DescribeNetworkInterfaces"
"""A subnet, a security group and a load balancer are gone once nobody's interface is in them."""
_BUCKET_READS = (
    "ListBucket GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration "
    "GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite "
    "GetAccelerateConfiguration GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration"
)

ROWS: Mapping[str, str] = {
    "aws:cloudwatch/dashboard:Dashboard": "cloudwatch: PutDashboard GetDashboard DeleteDashboards",
    "aws:cloudwatch/logGroup:LogGroup": "logs: CreateLogGroup DescribeLogGroups PutRetentionPolicy "
    "DeleteRetentionPolicy DeleteLogGroup TagResource UntagResource ListTagsForResource",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch: PutMetricAlarm DescribeAlarms DeleteAlarms TagResource "
    "UntagResource ListTagsForResource",
    "aws:cloudwatch/queryDefinition:QueryDefinition": "logs: PutQueryDefinition DescribeQueryDefinitions "
    "DeleteQueryDefinition",
    "aws:dynamodb/table:Table": "dynamodb: CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive "
    "UpdateTimeToLive DescribeContinuousBackups UpdateContinuousBackups TagResource UntagResource ListTagsOfResource",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "ec2: DescribeSecurityGroups AuthorizeSecurityGroupIngress "
    f"AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress {_NETWORK_TAGS}",
    "aws:ec2/eip:Eip": "ec2: AllocateAddress DescribeAddresses DescribeAddressesAttribute DisassociateAddress "
    f"ReleaseAddress {_NETWORK_TAGS}",
    "aws:ec2/internetGateway:InternetGateway": "ec2: CreateInternetGateway AttachInternetGateway "
    f"DescribeInternetGateways DetachInternetGateway DeleteInternetGateway {_NETWORK_TAGS}",
    "aws:ec2/natGateway:NatGateway": f"ec2: CreateNatGateway DescribeNatGateways DeleteNatGateway {_NETWORK_TAGS}",
    "aws:ec2/routeTable:RouteTable": "ec2: CreateRouteTable DescribeRouteTables CreateRoute ReplaceRoute DeleteRoute "
    f"DisassociateRouteTable DeleteRouteTable {_NETWORK_TAGS}",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "ec2: AssociateRouteTable DescribeRouteTables "
    "ReplaceRouteTableAssociation DisassociateRouteTable",
    "aws:ec2/securityGroup:SecurityGroup": "ec2: CreateSecurityGroup DescribeSecurityGroups "
    "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress "
    f"DeleteSecurityGroup {_INTERFACES} {_NETWORK_TAGS}",
    "aws:ec2/subnet:Subnet": "ec2: CreateSubnet DescribeSubnets ModifySubnetAttribute DeleteSubnet "
    f"{_INTERFACES} {_NETWORK_TAGS}",
    "aws:ec2/vpc:Vpc": "ec2: CreateVpc DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute DeleteVpc "
    f"DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups {_NETWORK_TAGS}",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "ec2: CreateVpcEndpoint DescribeVpcEndpoints ModifyVpcEndpoint "
    f"DeleteVpcEndpoints DescribePrefixLists DescribeManagedPrefixLists {_NETWORK_TAGS}",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "ecr: PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy",
    "aws:ecr/repository:Repository": "ecr: CreateRepository DescribeRepositories PutImageTagMutability "
    "PutImageScanningConfiguration DeleteRepository TagResource UntagResource ListTagsForResource",
    "aws:ecs/cluster:Cluster": "ecs: CreateCluster DescribeClusters UpdateCluster DeleteCluster TagResource "
    "UntagResource ListTagsForResource",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "ecs: PutClusterCapacityProviders DescribeClusters",
    "aws:ecs/service:Service": "ecs: CreateService DescribeServices UpdateService DeleteService TagResource "
    "UntagResource ListTagsForResource",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs: RegisterTaskDefinition DescribeTaskDefinition "
    "DeregisterTaskDefinition TagResource UntagResource ListTagsForResource; iam: PassRole",
    "aws:iam/role:Role": "iam: CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole "
    "TagRole UntagRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole",
    "aws:iam/rolePolicy:RolePolicy": "iam: PutRolePolicy GetRolePolicy DeleteRolePolicy",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "lambda: CreateEventSourceMapping GetEventSourceMapping "
    "UpdateEventSourceMapping DeleteEventSourceMapping TagResource UntagResource ListTags",
    "aws:lambda/function:Function": "lambda: CreateFunction GetFunction GetFunctionConfiguration "
    "GetFunctionCodeSigningConfig ListVersionsByFunction UpdateFunctionConfiguration UpdateFunctionCode "
    "PutFunctionConcurrency DeleteFunctionConcurrency DeleteFunction GetLayerVersion TagResource UntagResource "
    "ListTags; iam: PassRole",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "lambda: PutFunctionEventInvokeConfig "
    "GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
    "aws:lambda/functionUrl:FunctionUrl": "lambda: CreateFunctionUrlConfig GetFunctionUrlConfig "
    "UpdateFunctionUrlConfig DeleteFunctionUrlConfig AddPermission",
    "aws:lambda/layerVersion:LayerVersion": "lambda: PublishLayerVersion GetLayerVersion DeleteLayerVersion",
    "aws:lambda/permission:Permission": "lambda: AddPermission GetPolicy RemovePermission",
    "aws:lb/listener:Listener": "elasticloadbalancing: CreateListener DescribeListeners DescribeListenerAttributes "
    "ModifyListener ModifyListenerAttributes DeleteListener AddTags RemoveTags DescribeTags",
    "aws:lb/listenerRule:ListenerRule": "elasticloadbalancing: CreateRule DescribeRules ModifyRule SetRulePriorities "
    "DeleteRule AddTags RemoveTags DescribeTags",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing: CreateLoadBalancer DescribeLoadBalancers "
    "DescribeLoadBalancerAttributes DescribeCapacityReservation ModifyLoadBalancerAttributes SetSubnets "
    f"SetSecurityGroups SetIpAddressType DeleteLoadBalancer AddTags RemoveTags DescribeTags; ec2: {_INTERFACES} "
    "DescribeAccountAttributes DescribeAddresses DescribeInternetGateways DescribeSecurityGroups DescribeSubnets "
    "DescribeVpcs",
    "aws:lb/targetGroup:TargetGroup": "elasticloadbalancing: CreateTargetGroup DescribeTargetGroups "
    "DescribeTargetGroupAttributes ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup AddTags RemoveTags "
    "DescribeTags",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": "elasticloadbalancing: RegisterTargets DescribeTargetHealth "
    "DeregisterTargets",
    "aws:s3/bucket:Bucket": f"s3: CreateBucket {_BUCKET_READS} PutBucketTagging TagResource UntagResource "
    "ListTagsForResource ListBucketVersions DeleteObject DeleteObjectVersion DeleteBucket",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "s3: PutLifecycleConfiguration "
    "GetLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "s3: PutBucketOwnershipControls "
    "GetBucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy": "s3: PutBucketPolicy GetBucketPolicy DeleteBucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "s3: PutBucketPublicAccessBlock "
    "GetBucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "s3: "
    "PutEncryptionConfiguration GetEncryptionConfiguration",
    "aws:scheduler/schedule:Schedule": "scheduler: CreateSchedule GetSchedule UpdateSchedule DeleteSchedule; "
    "iam: PassRole",
    "aws:secretsmanager/secret:Secret": "secretsmanager: CreateSecret DescribeSecret GetResourcePolicy UpdateSecret "
    "DeleteSecret RestoreSecret TagResource UntagResource",
    "aws:secretsmanager/secretVersion:SecretVersion": "secretsmanager: PutSecretValue GetSecretValue DescribeSecret "
    "ListSecretVersionIds UpdateSecretVersionStage",
    "aws:sns/topic:Topic": "sns: CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource "
    "UntagResource ListTagsForResource",
    "aws:sns/topicPolicy:TopicPolicy": "sns: SetTopicAttributes GetTopicAttributes",
    "aws:sns/topicSubscription:TopicSubscription": "sns: Subscribe GetSubscriptionAttributes "
    "SetSubscriptionAttributes Unsubscribe ListSubscriptionsByTopic",
    "aws:sqs/queue:Queue": "sqs: CreateQueue GetQueueAttributes SetQueueAttributes DeleteQueue TagQueue UntagQueue "
    "ListQueueTags",
    "aws:sqs/queuePolicy:QueuePolicy": "sqs: SetQueueAttributes GetQueueAttributes",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "sqs: SetQueueAttributes GetQueueAttributes",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ec2: AuthorizeSecurityGroupIngress "
    f"DescribeSecurityGroupRules ModifySecurityGroupRules RevokeSecurityGroupIngress {_NETWORK_TAGS}",
    "docker-build:index:Image": "ecr: BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer "
    "InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage",
}

QUESTIONS: Mapping[str, str] = {
    "aws:index/getCallerIdentity:getCallerIdentity": "sts: GetCallerIdentity",
    "aws:index/getAvailabilityZones:getAvailabilityZones": "ec2: DescribeAvailabilityZones",
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": "ecr: GetAuthorizationToken",
    "aws:secretsmanager/getRandomPassword:getRandomPassword": "secretsmanager: GetRandomPassword",
}
"""What the program asks AWS, and what that takes."""


def actions_of(row: str) -> frozenset[str]:
    """A row's actions as IAM spells them: `sqs:CreateQueue`."""
    parts = [part.partition(":") for part in row.split(";")]
    return frozenset(f"{service.strip()}:{name}" for service, _, names in parts for name in names.split())
