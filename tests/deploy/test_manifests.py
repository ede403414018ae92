"""What would run in a cluster.

The manifests are held against Kubernetes's own schemas. kube-score asks more, and is a program that no registry of
Python's, npm's or Debian's carries: its checks, all that are on by default and have to do with what is here, are tests
of ours under kube-score's names (https://github.com/zegl/kube-score/blob/master/README_CHECKS.md).
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from kubernetes_validate import validate

from deploy.site import main as write_configuration
from resnet.api.drain import STOPPED
from resnet.api.health import PATH as HEALTH
from resnet.run.redis_store import Bounds
from tests.deploy import recipe
from tests.deploy.manifests import Object, chosen, containers, named, needs_kustomize, objects, pod, workloads
from tests.deploy.served import NGINX, needs_nginx

pytestmark = needs_kustomize
OLDEST, NEWEST = "1.29", "1.37"  # the first whose pods have containers that outlive the others; the newest with schemas
SUFFIXES = {"m": 0.001, "": 1.0, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def amount(text: str | int) -> float:
    """``1500m``, ``640Mi``."""
    found = re.fullmatch(r"([\d.]+)(m|Ki|Mi|Gi|)", str(text))
    assert found, text
    return float(found[1]) * SUFFIXES[found[2]]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.slow
def test_the_schemas_take_them(version: str) -> None:
    for one in objects():
        validate(one, version, strict=True)


def test_nothing_is_there_that_is_not_checked() -> None:
    kinds = {one["kind"] for one in objects()}
    assert kinds == {
        "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Namespace", "NetworkPolicy",
        "PodDisruptionBudget", "Secret", "Service", "StatefulSet",
    }  # fmt: skip


# kube-score


def test_deployment_strategy_and_replicas() -> None:
    """deployment-strategy, deployment-replicas, deployment-targeted-by-hpa-does-not-have-replicas-configured"""
    scaled = [one["spec"]["scaleTargetRef"]["name"] for one in objects("HorizontalPodAutoscaler")]
    for one in objects("Deployment"):
        assert one["spec"]["strategy"]["type"] == "RollingUpdate"
        assert ("replicas" not in one["spec"]) == (one["metadata"]["name"] in scaled)
        assert one["spec"].get("replicas", 2) >= 2


def test_horizontalpodautoscaler_has_target_and_replicas() -> None:
    """horizontalpodautoscaler-has-target, horizontalpodautoscaler-replicas"""
    for one in (*objects("HorizontalPodAutoscaler"), *objects("HorizontalPodAutoscaler", "base")):
        target = one["spec"]["scaleTargetRef"]
        there = named(target["kind"], target["name"])
        assert 2 <= one["spec"]["minReplicas"] < one["spec"]["maxReplicas"]
        # its container is one of the pod's, and has a request to be held against
        (container,) = [
            two
            for two in containers(there)
            if two["name"] == one["spec"]["metrics"][0]["containerResource"]["container"]
        ]
        assert container["resources"]["requests"]["cpu"]


def test_container_resources() -> None:
    """container-resources, container-ephemeral-storage-request-and-limit"""
    for workload in workloads():
        for one in containers(workload):
            requests, limits = one["resources"]["requests"], one["resources"]["limits"]
            for what in ("cpu", "memory", "ephemeral-storage"):
                assert 0 < amount(requests[what]) <= amount(limits[what]), (one["name"], what)


def test_container_image_tag_and_pull_policy() -> None:
    """container-image-tag, container-image-pull-policy"""
    for workload in workloads():
        for one in containers(workload):
            assert re.fullmatch(r"[a-z0-9./-]+:\d+\.\d+\.\d+(-alpine)?", one["image"]), one["image"]
            assert one["imagePullPolicy"] == "Always"


def test_container_security_context() -> None:
    """container-security-context-user-group-id, -privileged, -readonlyrootfilesystem; container-seccomp-profile"""
    uid = int(recipe.stages()[-1].last("USER").partition(":")[0])
    for workload in workloads():
        assert pod(workload)["spec"]["securityContext"] == {
            "runAsNonRoot": True, "runAsUser": uid, "runAsGroup": uid, "fsGroup": uid,
            "seccompProfile": {"type": "RuntimeDefault"},
        }  # fmt: skip
        for one in containers(workload):
            assert one["securityContext"] == {
                "runAsNonRoot": True, "runAsUser": uid, "runAsGroup": uid, "privileged": False,
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }, one["name"]  # fmt: skip
        assert uid > 10_000


def test_environment_variable_key_duplication() -> None:
    """environment-variable-key-duplication"""
    for workload in workloads():
        for one in containers(workload):
            names = [pair["name"] for pair in one.get("env", ())]
            assert len(names) == len(set(names))


def test_poddisruptionbudgets() -> None:
    """deployment- and statefulset-has-poddisruptionbudget (of several pods), poddisruptionbudget-has-policy"""
    budgets = objects("PodDisruptionBudget")
    assert all({"minAvailable", "maxUnavailable"} & set(one["spec"]) for one in budgets)
    for workload in workloads():
        if workload["spec"].get("replicas", 2) > 1:
            assert [one for one in budgets if chosen(one["spec"]["selector"], workload)], workload["metadata"]["name"]


def test_networkpolicies() -> None:
    """pod-networkpolicy, networkpolicy-targets-pod"""
    policies = objects("NetworkPolicy")
    # whatever comes to be in this namespace reaches nothing until somebody says what
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in [one["spec"] for one in policies]
    for one in policies:
        assert any(chosen(one["spec"]["podSelector"], workload) for workload in workloads())
    for workload in workloads():
        kinds = {
            kind
            for one in policies
            if chosen(one["spec"]["podSelector"], workload)
            for kind in one["spec"]["policyTypes"]
        }
        assert kinds == {"Ingress", "Egress"}


def test_pod_probes() -> None:
    """pod-probes, pod-probes-identical: of whatever a Service leads to"""
    for workload in workloads():
        if not any(chosen({"matchLabels": one["spec"]["selector"]}, workload) for one in objects("Service")):
            continue
        found = list(containers(workload))
        assert [one for one in found if "readinessProbe" in one] and [one for one in found if "livenessProbe" in one]
        for one in found:
            asked = [{kind: one[probe].get(kind) for kind in ("httpGet", "exec", "tcpSocket")}
                     for probe in ("readinessProbe", "livenessProbe") if probe in one]  # fmt: skip
            assert len(asked) < 2 or asked[0] != asked[1], one["name"]


def test_services() -> None:
    """service-targets-pod, service-type, ingress-targets-service, statefulset-has-servicename"""
    for one in objects("Service"):
        assert one["spec"]["type"] == "ClusterIP"
        (workload,) = [two for two in workloads() if chosen({"matchLabels": one["spec"]["selector"]}, two)]
        ports = {port["name"] for two in containers(workload) for port in two.get("ports", ())}
        assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports
    for one in objects("Ingress"):
        for rule in one["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                asked = path["backend"]["service"]
                there = named("Service", asked["name"])["spec"]["ports"]
                assert asked["port"]["name"] in {port["name"] for port in there}
    for one in objects("StatefulSet"):
        assert named("Service", one["spec"]["serviceName"])["spec"]["clusterIP"] == "None"


def test_host_podantiaffinity_and_topology_spread() -> None:
    """deployment- and statefulset-has-host-podantiaffinity (of several pods), pod-topology-spread-constraints"""
    for workload in workloads():
        spec = pod(workload)["spec"]
        if workload["spec"].get("replicas", 2) > 1:
            (rule,) = spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
            assert rule["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
            (spread,) = spec["topologySpreadConstraints"]
            for selector in (rule["podAffinityTerm"]["labelSelector"], spread["labelSelector"]):
                assert chosen(selector, workload)


def test_selectors_and_labels() -> None:
    """deployment- and statefulset-pod-selector-labels-match-template-metadata-labels, label-values, stable-version"""
    for workload in workloads():
        assert chosen(workload["spec"]["selector"], workload)
        assert sum(chosen(workload["spec"]["selector"], other) for other in workloads()) == 1
    for one in objects():
        assert not re.search(r"alpha|beta", one["apiVersion"])
        for value in one["metadata"].get("labels", {}).values():
            assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", value)


# what belongs to this application


def container(workload: str, name: str) -> Object:
    (found,) = [
        one
        for kind in workloads()
        if kind["metadata"]["name"] == workload
        for one in containers(kind)
        if one["name"] == name
    ]
    return found


def test_a_page_is_asked_where_it_answers() -> None:
    page, nginx = container("pages", "page"), container("pages", "nginx")
    assert [port["containerPort"] for port in page["ports"]] == [int(recipe.stages()[-1].last("EXPOSE"))]
    for probe in ("startupProbe", "livenessProbe"):
        assert page[probe]["httpGet"]["port"] == page["ports"][0]["name"]
    assert page["readinessProbe"]["httpGet"]["port"] == nginx["ports"][0]["containerPort"]
    assert page["startupProbe"]["httpGet"]["path"] == HEALTH
    assert page["readinessProbe"]["httpGet"]["path"] == page["livenessProbe"]["httpGet"]["path"] == f"{HEALTH}?live"
    notes = pod(named("Deployment", "pages"))["metadata"]["annotations"]
    assert notes["prometheus.io/port"] == str(page["ports"][0]["containerPort"])


def test_who_ends_has_the_time_that_it_takes() -> None:
    page = container("pages", "page")
    waits = int(page["lifecycle"]["preStop"]["exec"]["command"][-1])
    given = {one["metadata"]["name"]: pod(one)["spec"]["terminationGracePeriodSeconds"] for one in workloads()}
    assert given["pages"] > waits + STOPPED
    assert given["workers"] > Bounds().longest_seconds


def test_nginx_starts_before_the_page_and_ends_after_it() -> None:
    assert container("pages", "nginx")["restartPolicy"] == "Always"
    first = [one["name"] for one in containers(named("Deployment", "pages"))]
    assert first == ["configuration", "nginx", "page"]


def test_what_is_mounted_is_there_and_what_is_written_is_mounted() -> None:
    for workload in workloads():
        spec = pod(workload)["spec"]
        volumes = {one["name"] for one in spec.get("volumes", ())}
        volumes |= {one["metadata"]["name"] for one in workload["spec"].get("volumeClaimTemplates", ())}
        for one in containers(workload):
            assert {mount["name"] for mount in one.get("volumeMounts", ())} <= volumes
        assert volumes == {mount["name"] for one in containers(workload) for mount in one.get("volumeMounts", ())}
    assert {"/tmp"} <= {mount["mountPath"] for mount in container("pages", "page")["volumeMounts"]}
    assert {"/tmp"} <= {mount["mountPath"] for mount in container("workers", "worker")["volumeMounts"]}


def test_secrets_and_settings_that_are_named_exist() -> None:
    secret, settings = named("Secret", "secrets"), named("ConfigMap", "settings")
    for workload in workloads():
        for volume in pod(workload)["spec"].get("volumes", ()):
            if "secret" in volume:
                assert volume["secret"]["secretName"] == secret["metadata"]["name"]
                assert {item["key"] for item in volume["secret"]["items"]} <= set(secret["data"])
        for one in containers(workload):
            for source in one.get("envFrom", ()):
                assert source["configMapRef"]["name"] == settings["metadata"]["name"]
            for pair in one.get("env", ()):
                if "valueFrom" in pair:
                    asked = pair["valueFrom"]["secretKeyRef"]
                    assert asked["name"] == secret["metadata"]["name"] and asked["key"] in secret["data"]


def test_redis_never_makes_room() -> None:
    said = container("redis", "redis")["args"]
    assert said[said.index("--maxmemory-policy") + 1] == "noeviction"
    most = amount(said[said.index("--maxmemory") + 1].removesuffix("mb") + "Mi")
    assert 2 * most <= amount(container("redis", "redis")["resources"]["limits"]["memory"])


@pytest.mark.parametrize(
    ("who", "to", "port", "may"),
    [
        ("pages", "redis", "redis", True), ("workers", "redis", "redis", True), ("redis", "redis", "redis", False),
        ("pages", "workers", "http", False), ("workers", "pages", "web", False), ("redis", "pages", "web", False),
    ],
)  # fmt: skip
def test_who_reaches_whom(who: str, to: str, port: str, may: bool) -> None:
    asking, asked = (next(one for one in workloads() if one["metadata"]["name"] == name) for name in (who, to))
    policies = [one["spec"] for one in objects("NetworkPolicy")]
    lets_out = any(
        chosen(peer.get("podSelector", {"matchLabels": {"": ""}}), asked)
        for policy in policies if chosen(policy["podSelector"], asking)
        for rule in policy.get("egress", ()) for peer in rule["to"]
    )  # fmt: skip
    lets_in = any(
        chosen(peer.get("podSelector", {"matchLabels": {"": ""}}), asking)
        for policy in policies if chosen(policy["podSelector"], asked)
        for rule in policy.get("ingress", ()) for peer in rule["from"] if rule["ports"][0]["port"] == port
    )  # fmt: skip
    assert (lets_out and lets_in) == may


def test_a_reader_stays_with_a_pod() -> None:
    notes = named("Ingress", "pages")["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    assert int(notes["nginx.ingress.kubernetes.io/proxy-read-timeout"]) >= 3600
    assert (
        named("Service", "pages")["metadata"]["annotations"]["traefik.ingress.kubernetes.io/service.sticky.cookie"]
        == "true"
    )


@needs_nginx
def test_nginx_takes_what_is_written_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = container("pages", "configuration")["command"][-1]
    settings = named("ConfigMap", "settings")["data"]
    words = words.replace('"$FRAME_ANCESTORS"', shlex.quote(settings["FRAME_ANCESTORS"]))
    words = words.replace('${BEHIND:+--behind "$BEHIND"}', f"--behind {settings['BEHIND']}")
    command, _, target = words.partition(" > ")
    assert "$" not in words and target == container("pages", "nginx")["command"][-1]
    asked = shlex.split(command.partition("deploy.site ")[2])
    assert asked[asked.index("--folder") + 1] in {
        mount["mountPath"] for mount in container("pages", "nginx")["volumeMounts"]
    }
    asked[asked.index("--folder") + 1] = str(tmp_path)
    write_configuration(asked)
    file = tmp_path / "nginx.conf"
    file.write_text(capsys.readouterr().out)
    said = [str(NGINX), "-e", str(tmp_path / "log"), "-p", str(tmp_path), "-c", str(file), "-t", "-q"]
    assert subprocess.run(said, capture_output=True, text=True, check=False).stderr == ""
    assert "https://moodle.example.org" in file.read_text()
