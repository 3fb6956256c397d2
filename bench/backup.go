package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"kehu/backups"
)

// The limits of a backup while the register is in use.
const (
	backupLatency    = 250 // ms, p99 of saves meanwhile
	backupThroughput = 50  // % of the slowest of its three parts alone
	backupMemory     = 256 // MiB above idle
	backupSample     = 256 // blocks at the most, from all over the backup
	backupBlock      = 1 << 20
	backupThreads    = 1 // as a backup compresses
	savePace         = 100 * time.Millisecond
	noteWait         = time.Second // a read is on record within half of it
	bodySuffix       = ".tar.zst.age"
)

// measureBackup makes a backup while others save, measures what it is made of alone, makes another
// one of the register at rest, restores it into an empty directory, and compares.
func measureBackup(ctx context.Context, report *Report, r *register, _ string, o Options) error {
	s, err := r.apart(ctx)
	if err != nil {
		return err
	}
	first, wall, err := r.backupBeside(ctx, report, s)
	if err != nil {
		s.kill()
		return err
	}
	_, err = r.settle(ctx, nil) // so that the tables stand still that are compared
	time.Sleep(noteWait)
	var second *backups.Made
	if err == nil {
		second, err = r.backup()
	}
	if err != nil {
		s.kill()
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	label, err := r.label(first.Name)
	if err != nil {
		return err
	}
	floors, err := r.backupFloors(label, filepath.Join(o.Dir, "copy"))
	if err != nil {
		return err
	}
	speed := mibPerSecond(label.Plain, wall)
	slowest := min(floors.disk, floors.zstd, floors.age)
	report.note("backup: %.1f MiB of %.1f MiB in %.1f s; alone, MiB/s: disk copy %.0f, zstd %.0f, age %.0f",
		mib(label.Size), mib(label.Plain), wall.Seconds(), floors.disk, floors.zstd, floors.age)
	report.over(fmt.Sprintf("backup: %.0f MiB/s, of the slowest part alone", speed), 100*speed/slowest,
		backupThroughput, "%")
	return r.restoreBeside(ctx, report, second.Name, filepath.Join(o.Dir, "restored"))
}

// backup makes one, as kehu backup now does.
func (r *register) backup() (*backups.Made, error) {
	made := &backups.Made{}
	_, err := r.call("", "POST", "/api/kehu/backups", map[string]any{}, made)
	if err == nil && made.State != "done" {
		err = fmt.Errorf("the backup ended %s: %+v", made.State, made.Copies)
	}
	return made, err
}

// backupBeside makes a backup while sales make and change customers.
func (r *register) backupBeside(ctx context.Context, report *Report, s *service) (*backups.Made,
	time.Duration, error) {
	const records = "/api/collections/customers/records"
	id, err := r.ownCustomer("备份时修改的客户")
	if err != nil {
		return nil, 0, err
	}
	if _, err := r.settle(ctx, nil); err != nil {
		return nil, 0, err
	}
	time.Sleep(idleWait)
	idle := residentMiB(s.pid())
	memory, run := watchMemory(s.pid()), time.Now().Unix()
	others := startRequests(ctx, r, savePace, func(i int) (string, string, string, any) {
		if i%2 == 0 {
			return "sales", "PATCH", records + "/" + id, map[string]any{"current_need": fmt.Sprintf("备份时%d", i)}
		}
		return "sales", "POST", records,
			map[string]any{"kind": "enterprise", "name": fmt.Sprintf("备份时新建%d号%d有限公司", run, i)}
	})
	begin := time.Now()
	made, err := r.backup()
	wall := time.Since(begin)
	latencies, most := others.end().saves, memory.end()
	if err != nil {
		return nil, 0, err
	}
	report.under(fmt.Sprintf("backup: p99 of %d saves meanwhile, %d a second", len(latencies), time.Second/savePace),
		percentile(latencies, 0.99), backupLatency, "ms")
	report.under("backup: memory above idle", most-idle, backupMemory, "MiB")
	return made, wall, nil
}

func (r *register) backupFolder() string { return r.data() + "-backups" }

func (r *register) label(name string) (l backups.Label, err error) {
	text, err := os.ReadFile(filepath.Join(r.backupFolder(), name+".json"))
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal(text, &l)
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func mibPerSecond(n int64, d time.Duration) float64 { return mib(n) / d.Seconds() }

// floors are what a backup is made of, each alone, in MiB a second.
type floors struct{ disk, zstd, age float64 }

// backupFloors copies the database on the disk, and compresses and encrypts a sample of what the backup
// holds, in memory.
func (r *register) backupFloors(l backups.Label, scratch string) (f floors, err error) {
	begin := time.Now()
	n, err := copyFile(filepath.Join(r.data(), "data.db"), scratch)
	if err != nil {
		return f, err
	}
	f.disk = mibPerSecond(n, time.Since(begin))
	if err := os.Remove(scratch); err != nil {
		return f, err
	}
	plain, err := r.sampleOf(l)
	if err != nil {
		return f, err
	}
	begin = time.Now()
	packed, err := zstd.NewWriter(io.Discard, zstd.WithEncoderConcurrency(backupThreads))
	if err != nil {
		return f, err
	}
	if _, err := packed.Write(plain); err != nil {
		return f, err
	}
	if err := packed.Close(); err != nil {
		return f, err
	}
	f.zstd = mibPerSecond(int64(len(plain)), time.Since(begin))
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return f, err
	}
	begin = time.Now()
	sealed, err := age.Encrypt(io.Discard, identity.Recipient())
	if err != nil {
		return f, err
	}
	if _, err := sealed.Write(plain); err != nil {
		return f, err
	}
	f.age = mibPerSecond(int64(len(plain)), time.Since(begin))
	return f, sealed.Close()
}

// sampleOf opens a backup with the identity of the keys folder and takes blocks at equal distances: the
// tables at the beginning of a register compress otherwise than its indexes.
func (r *register) sampleOf(l backups.Label) ([]byte, error) {
	identities, err := backups.KeptIdentities(r.keys())
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(r.backupFolder(), l.Name+bodySuffix))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	opened, err := age.Decrypt(file, identities...)
	if err != nil {
		return nil, err
	}
	unpacked, err := zstd.NewReader(opened)
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	blocks := l.Plain / backupBlock
	every := max(1, (blocks+backupSample-1)/backupSample)
	sample := bytes.NewBuffer(make([]byte, 0, (blocks/every+1)*backupBlock))
	for i := range blocks {
		into := io.Discard
		if i%every == 0 {
			into = sample
		}
		if _, err := io.CopyN(into, unpacked, backupBlock); err != nil {
			return nil, err
		}
	}
	return sample.Bytes(), nil
}

// copyFile copies a file and has the disk keep it.
func copyFile(from, to string) (int64, error) {
	source, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer target.Close()
	n, err := io.Copy(target, source)
	if err != nil {
		return n, err
	}
	return n, target.Sync()
}

// restoreBeside restores a backup on an empty machine, which has the backups and the two keys of the
// recovery sheet, and compares the registers.
func (r *register) restoreBeside(ctx context.Context, report *Report, name, dir string) error {
	other := &register{ctx: ctx, dir: dir}
	if err := os.MkdirAll(other.keys(), 0o700); err != nil {
		return err
	}
	for _, key := range []string{"root.key", "recovery.key"} {
		if _, err := copyFile(filepath.Join(r.keys(), key), filepath.Join(other.keys(), key)); err != nil {
			return err
		}
	}
	begin := time.Now()
	if err := program(ctx, "backup", "restore", name, "--from", r.backupFolder(), "--dir", other.data(),
		"--keys", other.keys()); err != nil {
		return err
	}
	report.note("restore into an empty directory, checked and tried: %.1f s", time.Since(begin).Seconds())
	if err := program(ctx, "audit", "verify", "--dir", other.data(), "--keys", other.keys()); err != nil {
		return err
	}
	label, err := r.label(name)
	if err != nil {
		return err
	}
	return r.compare(report, other, label.At)
}

// program runs a command of this program.
func program(ctx context.Context, args ...string) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, path, args...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("kehu %s %s: %w: %s", args[0], args[1], err, said.String())
	}
	return nil
}
