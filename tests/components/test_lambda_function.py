"""Every function: the pinned runtime and layers, logs of its own, code as it lies in the repository."""

from tests.components.recording import PLACE, ROOT, Recording

POWERTOOLS = "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27"


def test_every_function_runs_the_pinned_python_with_the_public_layer_first(program: Recording):
    for function in program.all("Function"):
        assert function.inputs["runtime"] == "python3.13"
        assert function.inputs["architectures"] == ["x86_64"]
        assert function.inputs["layers"][0] == POWERTOOLS


def test_our_own_layer_is_carried_by_those_that_sign_webhooks_or_know_time_zones_alone(program: Recording):
    layers = {function.name: function.inputs["layers"][1:] for function in program.all("Function")}
    own = [f"arn:aws:lambda:{PLACE}:layer:dependencies-layer-1a2b3c4:1"]
    assert layers == {"api-function": [], "warmkeeper-function": own, "notifier-function": own}
    carried = program.one("LayerVersion").inputs["code"]["archive"].keys()
    assert {"python/standardwebhooks/webhooks.py", "python/tzdata/zoneinfo/Europe/Paris"} <= carried


def test_a_handler_is_in_its_archive_at_the_path_that_it_has_in_the_repository(program: Recording):
    for function in program.all("Function"):
        module, _, name = function.inputs["handler"].rpartition(".")
        path = f"{module.replace('.', '/')}.py"
        assert name == "handle"
        assert function.inputs["code"]["archive"][path] == path
        assert (ROOT / path).is_file()


def test_an_archive_holds_the_shared_packages_and_its_own_but_nobody_elses(program: Recording):
    for function in program.all("Function"):
        own = function.name.removesuffix("-function")
        paths = set(function.inputs["code"]["archive"])
        assert {"jobs/__init__.py", "fleet/__init__.py", "lambdas/__init__.py"} <= paths
        strangers = [p for p in paths if not p.startswith(("jobs/", "fleet/", f"lambdas/{own}/", "lambdas/__init__"))]
        assert strangers == []


def test_a_function_logs_to_a_group_of_its_own_that_forgets(program: Recording):
    groups = {function.inputs["loggingConfig"]["logGroup"] for function in program.all("Function")}
    assert groups == {"api-logs-1a2b3c4", "warmkeeper-logs-1a2b3c4", "notifier-logs-1a2b3c4"}
    assert {group.inputs["retentionInDays"] for group in program.all("LogGroup")} == {30}
