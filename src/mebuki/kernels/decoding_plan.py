"""The fields of the table that tells the kernels of `decoding.py` what they work on, in their order. Light."""

FIELDS = (
    "layers",
    "width",
    "heads",
    "key_value_heads",
    "head_width",
    "hidden",
    "vocabulary",
    "context",
    "qk_norm",
    "streams",  # that the cache has room for
    "weights",  # from here on addresses …
    "embedding",
    "norm",
    "turns",  # cosines and sines of positions from first_turn on
    "first_turn",  # … but this is a position
    "keys",
    "values",
    "residual",
    "qkv",
    "mixed",
    "gate_up",
    "active",
    "logits",
    "scratch",
    "scratch_bytes",  # … and this a size, of one thread's part
    "meeting",
)
(
    LAYERS,
    WIDTH,
    HEADS,
    KEY_VALUE_HEADS,
    HEAD_WIDTH,
    HIDDEN,
    VOCABULARY,
    CONTEXT,
    QK_NORM,
    STREAMS,
    WEIGHTS,
    EMBEDDING,
    NORM,
    TURNS,
    FIRST_TURN,
    KEYS,
    VALUES,
    RESIDUAL,
    QKV,
    MIXED,
    GATE_UP,
    ACTIVE,
    LOGITS,
    SCRATCH,
    SCRATCH_BYTES,
    MEETING,
) = range(len(FIELDS))
