# Mebuki in a container (docs/installing.md):
#   docker build -t mebuki .
#   docker run --rm --init -p 127.0.0.1:8642:8642 -v mebuki:/home/mebuki mebuki
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY . .
# builds the studio's pages too, unless they came along; Node comes from PyPI for it
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:${PYTHON}-slim
# torch for the processor alone; for NVIDIA cards: --build-arg TORCH_INDEX=https://pypi.org/simple
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=ja,export,tune,encrypted
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir --root-user-action=ignore --extra-index-url "${TORCH_INDEX}" \
    "mebuki[${EXTRAS}] @ file://$(echo /wheels/mebuki-*.whl)"
RUN useradd --create-home --uid 1000 mebuki
COPY release/alive.py /usr/local/lib/mebuki-alive.py
USER 1000
# all that is the user's: runs, the diary, talks, and what was compiled for this processor
WORKDIR /home/mebuki
VOLUME /home/mebuki
ENV LANG=C.UTF-8
EXPOSE 8642 8742
HEALTHCHECK --start-period=60s CMD ["python", "/usr/local/lib/mebuki-alive.py"]
ENTRYPOINT ["mebuki"]
CMD ["studio", "--host", "0.0.0.0", "--port", "8642", "--no-browser"]
