# The worker: Python, its locked dependencies (FFmpeg and the fonts are among them), and the code. Nothing else.
FROM python:3.13-slim-bookworm

# An empty volume mounts as root's on Fargate unless the image declares it with an owner, and the root file system is
# read-only there: /scratch is the one place that a worker writes to. components/worker_service.py names user and path.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin worker \
    && mkdir /scratch \
    && chown worker:worker /scratch
VOLUME /scratch

WORKDIR /app
COPY requirements/worker.txt requirements/worker.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/worker.txt

COPY jobs jobs
COPY fleet fleet
COPY worker worker
RUN python -m compileall -q jobs fleet worker

ENV PYTHONUNBUFFERED=1 TMPDIR=/scratch
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "worker"]
