#!/usr/bin/env python3
"""Takes the power away from runs of `yicha index` at every step.

    python3 tests/power/replay.py PROGRAM [N]

Records the system calls of a first build, a daily run, one with checkpoints and a rebuild (`strace`), and
replays them up to each call that changes the disk. Of what was not synced by then, N times (3) a random part
is left: names that are new or old, files that are whole, as they were, cut off or full of zeros. On each disk
that this gives, `check` has to find the generation before or the new one, whole, and when all is done the new
one. On one in six of them `index` is run, which has to heal it.

It covers what `src/index/disk_tests.rs` does not: what tantivy does. Takes a few minutes; Linux only.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import PurePosixPath as Path

CALLS = "openat,creat,write,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,fsync,fdatasync"
# Ways to change a file that the replay does not know: it stops when it meets one.
UNKNOWN = "pwrite64,writev,pwritev,sendfile,copy_file_range,truncate,symlink,fallocate,mmap"


def plain(text):
    """What strace has written in hexadecimal."""
    return re.sub(rb"(?:\\x[0-9a-f]{2})+", lambda m: bytes.fromhex(m[0].replace(b"\\x", b"").decode()), text)


def completed(trace):
    """Calls that succeeded, in the order of their ends: name, arguments, result."""
    begun = {}
    with open(trace, "rb") as file:
        lines = file.read().splitlines()
    for line in lines:
        pid, _, call = line.partition(b" ")
        call = call.strip()
        if call.endswith(b"<unfinished ...>"):
            begun[pid] = call[: -len(b"<unfinished ...>")]
            continue
        if resumed := re.match(rb"<\.\.\. \w+ resumed>(.*)", call):
            call = begun.pop(pid, b"") + resumed[1]
        found = re.match(rb"(\w+)\((.*)\)\s+= (-?\d+)", call)
        if found and int(found[3]) >= 0:
            yield found[1].decode(), found[2], int(found[3])


class Place:
    """A folder with an archive and its index."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.index = folder / "index"
        self.runs = 0

    def write(self, name, text):
        file = self.folder / "corpus" / name
        os.makedirs(file.parent, exist_ok=True)
        with open(file, "w", encoding="utf8") as out:
            out.write(text)
        os.utime(file, (1.7e9, 1.7e9))

    def run(self, *arguments, index=None, before=(), **settings):
        names = {f"YICHA_INDEX__{name.upper()}": str(value) for name, value in settings.items()}
        names["YICHA_INDEX__PATH"] = str(index or self.index)
        command = [*before, self.program, *arguments]
        return subprocess.run(command, cwd=self.folder, env=os.environ | names, capture_output=True, check=False)

    def record(self, *arguments, **settings):
        """Runs; gives the steps that it took in the index folder and in the one above."""
        trace = self.folder / "trace"
        strace = ["strace", "-f", "-y", "-xx", "-s", "100000000", "-o", str(trace), "-e", f"trace={CALLS},{UNKNOWN}"]
        ended = self.run("index", "--quiet", *arguments, before=strace, **settings)
        assert ended.returncode == 0, ended.stderr.decode()
        steps = [step for call in completed(trace) for step in self.step(*call)]
        return [step for step in steps if any(self.is_ours(part) for part in step) or step == ("sync", self.folder)]

    def is_ours(self, part):
        return isinstance(part, Path) and part.is_relative_to(self.index)

    def step(self, name, arguments, result):
        opened = re.match(rb"\d+<([^>]*)>", arguments)
        opened = opened and Path(plain(opened[1]).decode("utf8", "replace"))
        # Paths, each below the folder that stands before it.
        named = re.findall(rb'(?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"([^"]*)"', arguments)
        texts = [plain(text) for _, text in named]
        if name == "write":
            return [("write", opened, texts[0][:result])] if opened and texts else []
        paths = [
            Path(os.path.normpath(self.folder / plain(folder).decode() / text.decode("utf8", "replace")))
            for (folder, _), text in zip(named, texts)
        ]
        if name in ("openat", "creat"):
            is_new = name == "creat" or b"O_CREAT" in arguments or b"O_TRUNC" in arguments
            return [("create", paths[0], name == "creat" or b"O_TRUNC" in arguments)] if is_new else []
        if name == "ftruncate":
            return [("cut", opened, int(arguments.rsplit(b",", 1)[1]))]
        if name in ("fsync", "fdatasync"):
            return [("sync", opened)]
        for beginning in ("rename", "link", "mkdir", "unlink", "rmdir"):
            if name.startswith(beginning):
                return [("unlink" if beginning == "rmdir" else beginning, *paths)]
        is_ours = self.is_ours(opened)
        if name == "mmap":
            is_ours = b"PROT_WRITE" in arguments and b"MAP_SHARED" in arguments and bytes(self.index) in plain(arguments)
        assert not is_ours, f"the replay does not know `{name}`"
        return []


class Disk:
    """What the program sees, and what is certainly there."""

    def __init__(self, index):
        self.index = index
        # By number: bytes as they are seen and as they were synced. By path: a number, or None for a folder.
        self.bytes, self.synced, self.seen = {}, {}, {}
        numbers = {}
        for folder, _, files in os.walk(index):
            self.seen[Path(folder)] = None
            for name in files:
                path = Path(folder) / name
                number = numbers.setdefault(os.stat(path).st_ino, len(numbers))
                with open(path, "rb") as file:
                    self.bytes[number] = self.synced[number] = file.read()
                self.seen[path] = number
        self.there = dict(self.seen)

    def do(self, step):
        kind, path, *rest = step
        number = self.seen.get(path)
        if kind == "create" and number is None:
            number = len(self.bytes)
            self.seen[path] = number
            self.bytes[number] = self.synced[number] = b""
        elif kind == "create" and rest[0]:
            self.bytes[number] = b""
        elif kind == "write" and number is not None:
            self.bytes[number] += rest[0]
        elif kind == "cut" and number is not None:
            self.bytes[number] = self.bytes[number][: rest[0]]
        elif kind == "rename":
            self.seen[rest[0]] = self.seen.pop(path)
        elif kind == "link":
            self.seen[rest[0]] = number
        elif kind == "unlink":
            self.seen.pop(path, None)
        elif kind == "mkdir":
            self.seen[path] = None
        elif kind == "sync" and number is not None:
            self.synced[number] = self.bytes[number]
        elif kind == "sync":
            self.there = {p: n for p, n in self.there.items() if p.parent != path}
            self.there |= {p: n for p, n in self.seen.items() if p.parent == path}

    def left(self, is_kept, content):
        """What is left if `is_kept` says so of each change of a name, and `content` of each file."""
        left, files = {}, {}
        for path in sorted(self.seen.keys() | self.there.keys()):
            new, old = self.seen.get(path, -1), self.there.get(path, -1)
            number = new if new == old or is_kept() else old
            has_folder = path == self.index or path.parent in left
            if number == -1 or not has_folder:
                continue
            if number is not None and number not in files:
                seen, synced = self.bytes[number], self.synced[number]
                files[number] = seen if seen == synced else content(seen, synced)
            left[path] = None if number is None else files[number]
        return left


class Prover:
    """Runs `check`, and at times `index`, on what is left."""

    def __init__(self, place, allowed, seed):
        self.place, self.allowed = place, allowed
        self.dice = random.Random(seed)
        self.known, self.wrong, self.healed = set(), [], 0

    def serves(self, left, where):
        """The generation that is served from what is left; none where there is none."""
        copy = self.place.folder / "left"
        shutil.rmtree(copy, ignore_errors=True)
        for path, content in left.items():
            target = copy / path.relative_to(self.place.index)
            if content is None:
                os.makedirs(target)
            else:
                with open(target, "wb") as file:
                    file.write(content)
        checked = self.place.run("check", "--sample", "5", "--json", index=copy)
        told = json.loads(checked.stdout) if checked.stdout else {"generation": None, "problems": []}
        # A first build that was cut off before its last step: served, and named by the next run.
        others = [problem for problem in told["problems"] if not problem.startswith("CURRENT: missing")]
        expected = 2 if told["generation"] is None else int(len(told["problems"]) > 0)
        if others or checked.returncode != expected or told["generation"] not in self.allowed:
            self.wrong.append((where, checked.returncode, told))
        if self.dice.random() < 1 / 6:
            self.healed += 1
            ran = self.place.run("index", "--quiet", index=copy)
            checked = self.place.run("check", "--sample", "5", index=copy)
            if (ran.returncode, checked.returncode) != (0, 0):
                self.wrong.append((where, "is not healed", ran.stderr, checked.stdout))
        return told["generation"]

    def try_out(self, left, where):
        state = hash(tuple((path, content) for path, content in left.items()))
        if state not in self.known:
            self.known.add(state)
            self.serves(left, where)

    def damaged(self, seen, synced):
        return self.dice.choice([seen, synced, seen[: self.dice.randrange(len(seen) + 1)], bytes(len(seen))])


def prove(what, place, n, *arguments, **settings):
    """Records a run and takes the power away at each of its steps."""
    current = place.index / "CURRENT"
    read = lambda: open(current, encoding="utf8").read() if os.path.exists(current) else None
    before, disk = read(), Disk(place.index)
    steps = place.record(*arguments, **settings)
    new = read()
    prover = Prover(place, {before, new}, seed=n)
    for at in range(len(steps) + 1):
        where = (at, [str(part)[:80] for part in steps[at]] if at < len(steps) else "end")
        prover.try_out(disk.left(lambda: False, lambda _, synced: synced), where)
        prover.try_out(disk.left(lambda: True, lambda seen, _: seen), where)
        for _ in range(n):
            prover.try_out(disk.left(lambda: prover.dice.random() < 0.5, prover.damaged), where)
        if at < len(steps):
            disk.do(steps[at])
    # That the replay is right: it has come to what is there.
    real = Disk(place.index)
    assert disk.seen.keys() == real.seen.keys()
    assert all(number is None or disk.bytes[disk.seen[path]] == real.bytes[number] for path, number in real.seen.items())
    served = prover.serves(disk.left(lambda: False, lambda _, synced: synced), "what was acknowledged")
    if served != new:
        prover.wrong.append(("what was acknowledged is not there", served))
    print(f"{what}: {len(steps)} steps, {len(prover.known)} disks, {prover.healed} healed, {len(prover.wrong)} wrong", flush=True)
    for wrong in prover.wrong[:5]:
        print("  ", wrong)
    return not prover.wrong


def main():
    program, n = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        place = Place(program, Path(os.path.realpath(folder)))
        for k in range(120):
            place.write(f"甲/{k}.txt", f"第{k}号通知\n各单位要抓好河道清淤工作，编号{k}。" + "水渠要修。" * (k % 9))
        right = prove("first build", place, n)
        for k in range(30):
            place.write(f"乙/{k}.txt", f"第{k}号新通知\n泵站要检修，编号{k}。")
        for k in range(10):
            os.remove(place.folder / f"corpus/甲/{k}.txt")
            place.write(f"甲/{k + 50}.txt", f"改过的{k}\n泵站检修过了，编号{k}。")
        right &= prove("daily run", place, n, keep=1)
        for k in range(400):
            place.write(f"丙/{k}.txt", f"第{k}号再通知\n闸门要启闭，编号{k}。")
        right &= prove("with checkpoints", place, n, checkpoint_seconds=0)
        right &= prove("rebuild", place, n, "--rebuild")
    sys.exit(not right)


main()
