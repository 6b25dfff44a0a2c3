"""The leak probes on models that nobody here wrote: causal architectures of transformers with tiny random
configurations, and models of other packages. Needs transformers and, for the second half, the packages named below.

    pip install transformers x-transformers local-attention token-shift-gpt linear-attention-transformer \
        h-transformer-1d gateloop-transformer linformer-pytorch simple-hierarchical-transformer
    python tools/probe_panel.py              everything; writes results/probes/panel.json
    python tools/probe_panel.py gpt2 opt     these only, with their reports; nothing is written
    python tools/probe_panel.py --write=old.json gpt2 opt    these only, written to results/probes/old.json"""
import importlib.metadata
import json
import sys
import time
import warnings
from pathlib import Path

import torch

from trm.leaks import check, step_by_step, transformers_model

V, T = 99, 32

# Architectures of transformers -> settings beyond the small sizes
ARCHITECTURES = {
    'apertus': {},
    'arcee': {},
    'bart': {},
    'big_bird': dict(is_decoder=True, attention_type='original_full'),
    'biogpt': {},
    'bitnet': {},
    'blenderbot': {},
    'bloom': {},
    'codegen': {},
    'cohere': {},
    'cpmant': dict(dim_head=8, dim_ff=48, prompt_length=4),
    'ctrl': dict(dff=48),
    'doge': {},
    'ernie4_5': {},
    'exaone4': {},
    'falcon': {},
    'falcon_mamba': {},
    'gemma': {},
    'gemma2': {},
    'gemma3_text': {},
    'glm': {},
    'glm4': {},
    'gpt2': {},
    'gpt_bigcode': {},
    'gpt_neo': dict(attention_types=[[['global', 'local'], 1]], window_size=8),
    'gpt_neox': {},
    'gptj': {},
    'granite': {},
    'helium': {},
    'llama': {},
    'mamba': {},
    'marian': {},
    'mbart': {},
    'megatron-bert': dict(is_decoder=True),
    'mistral': {},
    'mixtral': {},
    'mpt': {},
    'nemotron': {},
    'olmo': {},
    'olmo2': {},
    'olmoe': dict(num_experts=4, num_experts_per_tok=2),
    'openai-gpt': {},
    'opt': {},
    'pegasus': {},
    'persimmon': {},
    'phi': {},
    'phi3': {},
    'prophetnet': dict(encoder_ffn_dim=48, num_decoder_layers=2, num_decoder_attention_heads=4),
    'qwen2': {},
    'qwen2_moe': dict(moe_intermediate_size=16, shared_expert_intermediate_size=16, num_experts=4),
    'qwen3': {},
    'rembert': dict(is_decoder=True, input_embedding_size=32, output_embedding_size=32),
    'reformer': dict(is_decoder=True, axial_pos_shape=[4, 8], axial_pos_embds_dim=[8, 24],
                     attn_layers=['local', 'local'], feed_forward_size=48, attention_head_size=8,
                     local_attn_chunk_length=8),
    'roberta': dict(is_decoder=True, pad_token_id=1),
    'bert': dict(is_decoder=True),
    'roformer': dict(is_decoder=True),
    'rwkv': {},
    'seed_oss': {},
    'smollm3': {},
    'stablelm': {},
    'starcoder2': {},
    'trocr': {},
    'xglm': dict(attention_heads=4),
    'xlnet': dict(d_inner=48),
}

# Verdicts other than a pass, and why
EXPLAINED = {
    'cpmant': 'by design: the whole input counts as context, which attends in both directions',
    'h_transformer_1d': 'its coarse levels follow from the length of the window; later tokens themselves do not matter (T2)',
    'linformer_pytorch': 'a leak: with causal=True, keys and values are still projected along the sequence',
    'openai-gpt': 'a finite mask: masked scores get -10,000',
    'prophetnet': 'its relative position bias is computed with the axes (position, n-gram, head) and read as '
                  '(n-gram, head, position), so a token gets that of others',
    'reformer': 'no verdict in training mode: each call draws a seed of its own',
    'xlnet': 'by design: without a permutation mask it reads the whole sequence',
}


def x_transformers():
    from x_transformers import Decoder, TransformerWrapper
    layers = Decoder(dim=32, depth=2, heads=4, rotary_pos_emb=True)
    return TransformerWrapper(num_tokens=V, max_seq_len=T, attn_layers=layers)


def local_attention():
    from local_attention import LocalTransformer
    return LocalTransformer(num_tokens=V, dim=32, depth=2, max_seq_len=T, local_attn_window_size=8, heads=4)


def token_shift_gpt():
    from token_shift_gpt import TokenShiftGPT
    return TokenShiftGPT(num_tokens=V, dim=32, depth=2, max_seq_len=T)


def linear_attention_transformer():
    from linear_attention_transformer import LinearAttentionTransformerLM
    return LinearAttentionTransformerLM(num_tokens=V, dim=32, heads=4, depth=2, max_seq_len=T, causal=True)


def h_transformer_1d():
    from h_transformer_1d import HTransformer1D
    return HTransformer1D(num_tokens=V, dim=32, depth=2, causal=True, max_seq_len=T, heads=4, dim_head=8,
                          block_size=8)


def gateloop_transformer():
    from gateloop_transformer import Transformer
    return Transformer(num_tokens=V, dim=32, depth=2)


def linformer_pytorch():
    from linformer_pytorch import LinformerLM
    return LinformerLM(num_tokens=V, input_size=T, channels=32, dim_d=8, dim_k=8, nhead=4, depth=2, causal=True)


def simple_hierarchical_transformer():
    from simple_hierarchical_transformer import HierarchicalTransformer
    return HierarchicalTransformer(num_tokens=V, dim=32, depth=2, seq_len=T, heads=4, dim_head=8,
                                   hierarchies=1, window_sizes=None)


PACKAGES = [x_transformers, local_attention, token_shift_gpt, linear_attention_transformer,
            h_transformer_1d, gateloop_transformer, linformer_pytorch, simple_hierarchical_transformer]


def subjects():
    "name -> (package, a function that builds the model)"
    found = {}
    for name, settings in ARCHITECTURES.items():
        found[name] = 'transformers', lambda name=name, settings=settings: transformers_model(name, True, **settings)
    for build in PACKAGES:
        found[build.__name__] = build.__name__.replace('_', '-'), build
    return found


def verdict(package, build):
    "The row of one model, and its report"
    torch.manual_seed(0)
    model = build().eval()
    cached = step_by_step(model) if package == 'transformers' else None
    report = check(model, V, T, n_windows=64, cached=cached)
    row = dict(
        package=package,
        version=importlib.metadata.version(package),
        failed=list(report.failed),
        unclear=list(report.unclear),
        not_asked=[result.code for result in report.results
                   if result.verdict == 'not asked' and result.mode == 'evaluation'],
        saw=list(report.failed.values())[0] if report.failed else '',
        smallest_leak=report.smallest_leak)
    return row, report


def main():
    warnings.filterwarnings('ignore')
    names = [argument for argument in sys.argv[1:] if argument[:2] != '--']
    files = [argument.removeprefix('--write=') for argument in sys.argv[1:] if argument[:2] == '--']
    rows = {}
    for name, (package, build) in subjects().items():
        if names and name not in names:
            continue
        start = time.perf_counter()
        try:
            rows[name], report = verdict(package, build)
        except Exception as e:
            rows[name] = dict(package=package, error=f'{type(e).__name__}: {str(e).splitlines()[0][:150]}')
            report = rows[name]['error']
        rows[name] |= dict(why=EXPLAINED[name]) if name in EXPLAINED else {}
        what = rows[name].get('failed') or rows[name].get('error') or 'pass'
        print(f'{name:32} {what} {time.perf_counter() - start:.1f} s', flush=True)
        if names and not files:
            print(report)
    if files or not names:
        write(rows, files[0] if files else 'panel.json')


def write(rows, name):
    "Write the panel"
    path = Path(__file__).resolve().parents[1]/'results'/'probes'/name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = dict(
        command=' '.join(['python tools/probe_panel.py', *sys.argv[1:]]),
        python=sys.version.split()[0],
        torch=torch.__version__,
        transformers=importlib.metadata.version('transformers'),
        vocab_size=V,
        length=T,
        n_windows=64,
        models=rows)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
