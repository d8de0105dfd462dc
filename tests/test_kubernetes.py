"""The manifest for Kubernetes: what its two kinds of schemas allow, and what this program needs of it."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from packaging.requirements import Requirement

from emotion_core import settings
from emotion_core.settings import CLUSTER_VARIABLE, WORKSPACE_VARIABLE, checked_address
from emotion_core.training.queue import CORES_PER_RUN

ROOT = Path(__file__).resolve().parents[1]
MANIFEST, DOCKERFILE = ROOT / "cluster" / "kuberay.yaml", ROOT / "cluster" / "Dockerfile"
KUBERNETES = "1.34"
# Of KubeRay's definition of a RayCluster, version v1 (ray-project/kuberay, helm-chart/kuberay-operator/crds/
# ray.io_rayclusters.yaml): the fields that have been there since v1, their types, and those that must be there.
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
COUNT = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
TEMPLATE = {
    "type": "object",
    "required": ["spec"],
    "additionalProperties": False,
    "properties": {"metadata": {"type": "object"}, "spec": {"type": "object"}},
}
HEAD = {
    "type": "object",
    "required": ["rayStartParams", "template"],
    "additionalProperties": False,
    "properties": {
        "serviceType": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
        "headService": {"type": "object"},
        "enableIngress": {"type": "boolean"},
        "rayStartParams": STRINGS,
        "template": TEMPLATE,
    },
}
WORKERS = {
    "type": "object",
    "required": ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
    "additionalProperties": False,
    "properties": {
        "groupName": {"type": "string"},
        **dict.fromkeys(("replicas", "minReplicas", "maxReplicas", "numOfHosts"), COUNT),
        "rayStartParams": STRINGS,
        "template": TEMPLATE,
        "scaleStrategy": {"type": "object"},
    },
}
RAY_CLUSTER = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayCluster"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "required": ["headGroupSpec"],
            "additionalProperties": False,
            "properties": {
                "rayVersion": {"type": "string"},
                "headGroupSpec": HEAD,
                "workerGroupSpecs": {"type": "array", "items": WORKERS},
                "enableInTreeAutoscaling": {"type": "boolean"},
                "autoscalerOptions": {"type": "object"},
                "headServiceAnnotations": STRINGS,
                "suspend": {"type": "boolean"},
            },
        },
    },
}
Document = dict[str, Any]


@pytest.fixture
def documents() -> dict[str, Document]:
    """Return the manifest's documents by kind."""
    found = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf8")))
    return {document["kind"]: document for document in found}


def validate(documents: dict[str, Document]) -> None:
    """Raise ``ValidationError`` where the API of Kubernetes, or KubeRay's part of it, would refuse a document."""
    cluster = documents["RayCluster"]
    Draft202012Validator(RAY_CLUSTER).validate(cluster)
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, **group["template"]}
        for group in groups(cluster)
    ]
    for document in [*pods, *(one for kind, one in documents.items() if kind != "RayCluster")]:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def groups(cluster: Document) -> list[Document]:
    """Return the head's group and the workers'."""
    return [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]


def containers(documents: dict[str, Document]) -> list[Document]:
    """Return all containers: the head's, the workers', the app's."""
    templates = [group["template"] for group in groups(documents["RayCluster"])]
    templates.append(documents["Deployment"]["spec"]["template"])
    return [container for template in templates for container in template["spec"]["containers"]]


def test_kubernetes_and_kuberay_would_take_the_manifest(documents: dict[str, Document]) -> None:
    """Every document and every pod template is as their schemas ask, without a field that they do not know."""
    validate(documents)


WRONG: list[Callable[[dict[str, Document]], Any]] = [
    lambda found: found["RayCluster"]["spec"].update(workers=3),
    lambda found: found["RayCluster"]["spec"]["headGroupSpec"]["rayStartParams"].update({"num-cpus": 0}),
    lambda found: found["RayCluster"]["spec"]["workerGroupSpecs"][0].pop("minReplicas"),
    lambda found: groups(found["RayCluster"])[1]["template"]["spec"]["containers"][0].update(images="one"),
    lambda found: found["Deployment"]["spec"].pop("selector"),
    lambda found: found["NetworkPolicy"]["spec"].update(podselector={}),
]


@pytest.mark.parametrize("spoil", WRONG)
def test_a_wrong_manifest_would_be_found(
    spoil: Callable[[dict[str, Document]], Any], documents: dict[str, Document]
) -> None:
    """A field too many, one too few, or one of another type does not pass."""
    spoilt = copy.deepcopy(documents)
    spoil(spoilt)
    with pytest.raises((ValidationError, kubernetes_validate.ValidationError)):
        validate(spoilt)


def test_the_app_finds_the_cluster_and_its_workspace(documents: dict[str, Document]) -> None:
    """Its variables are ours, the address is that of the head's service, and the workspace is on the volume."""
    app = containers(documents)[-1]
    env = {variable["name"]: variable["value"] for variable in app["env"]}
    ours = {value for name, value in vars(settings).items() if name.endswith("_VARIABLE")}
    assert {name for name in env if name.startswith("EMOTION_")} <= ours
    cluster = documents["RayCluster"]
    ports = {port["name"]: port["containerPort"] for port in containers(documents)[0]["ports"]}
    # KubeRay names the service of the head after the cluster.
    address = f"ray://{cluster['metadata']['name']}-head-svc:{ports['client']}"
    assert checked_address(env[CLUSTER_VARIABLE], CLUSTER_VARIABLE) == address
    assert [mount["mountPath"] for mount in app["volumeMounts"]] == [env[WORKSPACE_VARIABLE]]
    assert ports == {"gcs-server": 6379, "dashboard": 8265, "client": 10001}


def test_all_have_one_image_with_a_ray_that_the_requirements_allow(documents: dict[str, Document]) -> None:
    """Ray refuses nodes of another version; the image's is the manifest's."""
    assert len({container["image"] for container in containers(documents)}) == 1
    version = documents["RayCluster"]["spec"]["rayVersion"]
    lock = (ROOT / "requirements-cluster.lock").read_text()
    assert re.search(r"^ray==(\S+)", lock, re.MULTILINE).group(1) == version
    [line] = [line for line in (ROOT / "requirements-cluster.txt").read_text().splitlines() if line.startswith("ray")]
    assert Requirement(line).specifier.contains(version)


def test_the_image_holds_what_the_program_is_made_of() -> None:
    """Every file that is copied exists, and no package of the program is left out."""
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in names)
    assert {"app.py", "pages", "emotion_core", "assets", ".streamlit", "requirements-cluster.lock"} <= names


def test_the_image_is_the_same_whenever_it_is_built() -> None:
    """Its base is named by digest, and packages are taken by the hashes of the lock file alone."""
    bases = re.findall(r"^FROM (\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base) for base in bases)
    [install] = re.findall(r"^RUN pip install (.+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert "--require-hashes" in install
    assert install.endswith(" -r requirements-cluster.lock && \\")


def test_a_worker_has_room_for_a_run(documents: dict[str, Document]) -> None:
    """It has the processors that a run takes, and the head none to train with."""
    head, workers = groups(documents["RayCluster"])
    assert head["rayStartParams"]["num-cpus"] == "0"
    [worker] = workers["template"]["spec"]["containers"]
    assert int(worker["resources"]["limits"]["cpu"]) % CORES_PER_RUN == 0
    assert workers["minReplicas"] <= workers["replicas"] <= workers["maxReplicas"]


def test_only_the_app_and_the_nodes_reach_ray(documents: dict[str, Document]) -> None:
    """The policy is for the pods of this cluster, and lets in those and the app's by their labels."""
    policy = documents["NetworkPolicy"]["spec"]
    cluster = {"ray.io/cluster": documents["RayCluster"]["metadata"]["name"]}
    app = documents["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"] == cluster
    assert [one["podSelector"]["matchLabels"] for one in policy["ingress"][0]["from"]] == [cluster, app]
