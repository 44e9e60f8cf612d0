"""A Dockerfile for one release: it is printed, and lies outside the release's digests."""

from __future__ import annotations

TEXT = """\
# Release {version}, manifest sha256 {digest}
# Build in the folder of the task:  docker build -t {name} -f Dockerfile .
# Run, with the API keys of the task (`rungwise keys new`), which are not in the image:
#   docker run --read-only --tmpfs /tmp -p 8000:8000 \\
#     -v "$PWD/.rungwise/api-keys.jsonl:/srv/task/.rungwise/api-keys.jsonl:ro" {name}
FROM python:3.11-slim
RUN pip install --no-cache-dir 'rungwise[{extras}]=={rungwise}' \\
 && useradd --system --uid 10001 --home-dir /srv/task rungwise
COPY {folder} /srv/task/releases/{version}
USER rungwise
WORKDIR /srv/task
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=60s CMD ["python", "-c", \
"import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["rungwise", "serve", "-C", "/srv/task", "--release", "/srv/task/releases/{version}", \
"--host", "0.0.0.0"]
"""


def dockerfile(version: str, digest: str, folder: str, rungwise: str, *, endpoint: bool) -> str:
    """The file for a release.

    Args:
        version: The release's version.
        digest: Sha256 of its manifest.
        folder: Where it lies in the folder in which the image is built.
        rungwise: Version of the package that serves it.
        endpoint: Whether a language model behind an endpoint answers.
    """
    extras = "serve,generate" if endpoint else "serve"
    name = f"release-{version}"
    return TEXT.format(
        version=version, digest=digest, name=name, folder=folder, extras=extras, rungwise=rungwise
    )
