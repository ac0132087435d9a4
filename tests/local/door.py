"""The load balancer of a whole local stack, as a client sees it."""

import json
from typing import Literal

import urllib3

from tests.local.whole import Whole


class Door:
    """Asks at the address that the deployment's `apiUrl` stands for; knows a token of each role."""

    def __init__(self, whole: Whole) -> None:
        stack = whole.stack
        self.url = stack.address_of(stack.outputs["apiUrl"])
        manager = stack.cloud.client("secretsmanager")
        secret = manager.get_secret_value(SecretId=stack.outputs["apiTokensSecretArn"])["SecretString"]
        self._tokens = json.loads(secret)
        self._http = urllib3.PoolManager(retries=False, timeout=30)

    def token(self, role: Literal["client", "operator"] = "client") -> str:
        return self._tokens[role][0]

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> urllib3.BaseHTTPResponse:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        if body is None:
            return self._http.request(method, self.url + path, headers=bearer)
        headers = {**bearer, "Content-Type": "application/json"}
        return self._http.request(method, self.url + path, headers=headers, body=json.dumps(body))
