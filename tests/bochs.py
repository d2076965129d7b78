#!/usr/bin/env python3
"""Runs a program in Bochs, which emulates a processor with AVX-512 (Skylake-X), and exits with its exit status.

    tests/bochs.py PROGRAM [ARGUMENT...]

Bochs boots Linux with nothing but the program, its shared libraries and the environment variables RELU_*; the program
sees no other file. It takes a minute to start, and runs some 100 times slower than natively, on one core. Bochs 2.7
rounds VCVTPS2PH wrongly, so tests of float16 fail in it. Debian: bochs bochs-term bochsbios vgabios busybox-static cpio
grub-common grub-pc-bin xorriso linux-image-cloud-amd64.
"""
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

CONFIGURATION = """\
display_library: term
megs: 1024
cpu: model=corei7_skylake_x, ips=100000000
clock: sync=none
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path={directory}/disk.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={directory}/output
log: {directory}/log
"""
# Bochs 2.7 reports a wrong size for XSAVEC and XSAVES, and Linux then turns AVX off.
MENU = """\
set timeout=0
menuentry linux {
  linux /kernel console=ttyS0 loglevel=1 mitigations=off tsc=reliable noxsaves clearcpuid=xsavec
  initrd /initrd
}
"""
INIT = """\
#!/busybox sh
/busybox mount -t devtmpfs none /dev
/busybox mount -t proc none /proc
/busybox mount -t sysfs none /sys
cd /
{{ {command}; echo "exit status: $?"; }} 2>&1 | /busybox cat >/dev/ttyS0
/busybox sleep 1 # until the serial port has sent all
/busybox poweroff -f
"""


def copy_into(root, file):
    target = root / file.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)


def make_disk(directory, program, arguments):
    """Writes disk.iso, which boots the newest kernel of /boot and runs the program."""
    root, disk = directory / "root", directory / "disk"
    for folder in (root / "dev", root / "proc", root / "sys", disk / "boot/grub"):
        folder.mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "busybox")
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for file in [program, *re.findall(r"(/\S+) \(0x", libraries)]:
        copy_into(root, file)
    variables = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("RELU_")]
    command = shlex.join(["/busybox", "env", *variables, program, *arguments])
    (root / "init").write_text(INIT.format(command=command), encoding="utf-8")
    (root / "init").chmod(0o755)
    files = "\n".join(str(path.relative_to(root)) for path in root.rglob("*"))
    with open(disk / "initrd", "wb") as initrd:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=files.encode(), stdout=initrd,
                       check=True)
    kernel = max(pathlib.Path("/boot").glob("vmlinuz-*"), key=lambda path: path.stat().st_mtime)
    shutil.copy(kernel, disk / "kernel")
    (disk / "boot/grub/grub.cfg").write_text(MENU, encoding="utf-8")
    subprocess.run(["grub-mkrescue", "-o", directory / "disk.iso", disk], capture_output=True, check=True)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = shutil.which(sys.argv[1])
    if not program:
        sys.exit(f"bochs.py: no program {sys.argv[1]}")
    for tool in ("bochs", "busybox", "cpio", "grub-mkrescue", "xorriso"):
        if not shutil.which(tool):
            sys.exit(f"bochs.py: {tool} is missing; bochs.py without arguments lists the Debian packages to install")
    if not any(pathlib.Path("/boot").glob("vmlinuz-*")):
        sys.exit("bochs.py: no /boot/vmlinuz-*; Debian: linux-image-cloud-amd64")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # also ends Bochs and removes the files
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        make_disk(directory, os.path.realpath(program), sys.argv[2:])
        (directory / "bochsrc").write_text(CONFIGURATION.format(directory=directory), encoding="utf-8")
        (directory / "start").write_text("continue\n", encoding="utf-8")  # Debian's Bochs starts in its debugger
        # The only display that needs no graphics wants a terminal.
        bochs = shlex.join(["bochs", "-q", "-f", f"{directory}/bochsrc", "-rc", f"{directory}/start"])
        subprocess.run(["script", "-qec", bochs, "/dev/null"], env={**os.environ, "TERM": "linux", "SHELL": "/bin/sh"},
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        output = directory / "output"
        if not output.exists():
            sys.exit("bochs.py: Bochs did not start:\n" + (directory / "log").read_text(errors="replace"))
        text = output.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    output_of_program, end, status = text.rpartition("exit status: ")  # then Linux says that it powers down
    print(output_of_program if end else text, end="", flush=True)
    sys.exit(int(status.split()[0]) if end else "bochs.py: the program did not end")


if __name__ == "__main__":
    main()
