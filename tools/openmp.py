"""Training steps per second on two threads: idle OpenMP threads spin, the default of GNU OpenMP, or they
sleep (OMP_WAIT_POLICY=passive). Measured on the machine as it is and beside two busy processes."""
import os, statistics, subprocess, sys, time

ROUNDS, SECONDS = 8, 2.
POLICIES = {'spinning': dict(GOMP_SPINCOUNT='300000'), 'passive': {}}   # the count where no policy is set


def worker():
    "For every line on standard input: train for so many seconds, print steps per second"
    import torch
    from trm.config import load_run
    from trm.model import build_model
    torch.set_num_threads(2)
    config = load_run('tiny_shakespeare-trm', 'laptop')
    model = build_model(config.model, 65)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    tokens = torch.randint(65, (config.train.batch_size, config.model.window + 1))
    for line in sys.stdin:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() < start + float(line):
            _, loss = model(tokens[:, :-1], tokens[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
        print(steps/(time.perf_counter() - start), flush=True)


def ask(process):
    process.stdin.write(f'{SECONDS}\n')
    process.stdin.flush()
    return float(process.stdout.readline())


def start(*command, **variables):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(('OMP_', 'GOMP_'))}
    return subprocess.Popen([sys.executable, *command], env=inherited | variables, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def main():
    workers = {policy: start(__file__, 'worker', **variables) for policy, variables in POLICIES.items()}
    for process in workers.values():
        ask(process)   # to warm up
    for title, n_busy in (('as it is', 0), ('beside two busy processes', 2)):
        busy = [start('-c', 'while True: pass') for _ in range(n_busy)]
        rates = [{policy: ask(process) for policy, process in workers.items()} for _ in range(ROUNDS)]
        for process in busy:
            process.kill()
        median = {policy: statistics.median(rate[policy] for rate in rates) for policy in POLICIES}
        print(title, *(f'{policy} {rate:.2f} steps/s' for policy, rate in median.items()), sep=', ')
        ratio = statistics.median(rate['passive']/rate['spinning'] for rate in rates)
        print(f'  passive is {ratio:.1f} times as fast')


if __name__ == '__main__':
    worker() if sys.argv[1:] else main()
