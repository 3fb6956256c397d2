package policy

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Backups says when backups are made, where to, and how long they are kept (R11).
type Backups struct {
	At        string `json:"at"`         // 03:00, each day
	Hourly    bool   `json:"hourly"`     // one each hour too
	Hours     int    `json:"hours"`      // of the hourly ones, how many are kept
	LocalDays int    `json:"local_days"` // days whose backups are kept in the local folder
	Days      int    `json:"days"`       // and elsewhere
	Weekly    int    `json:"weekly"`     // the newest of so many weeks, everywhere
	Monthly   int    `json:"monthly"`    // and of so many months
	Drill     string `json:"drill"`      // weekly, daily or off
	DrillDays int    `json:"drill_days"` // how old the newest proven restore may be
	Local     string `json:"local"`      // the local folder; "" is the data directory's sibling
	// Recipients stand in the place of the register's own recovery key: age recipients of the company.
	Recipients []string      `json:"recipients"`
	Places     []BackupPlace `json:"places"`
}

// BackupPlace is a place beside the local folder: a mounted folder, or an S3-compatible store whose
// access keys lie in the keys folder.
type BackupPlace struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"` // folder or s3
	Path      string `json:"path,omitempty"`
	Endpoint  string `json:"endpoint,omitempty"`
	Region    string `json:"region,omitempty"`
	Bucket    string `json:"bucket,omitempty"`
	Prefix    string `json:"prefix,omitempty"`
	PathStyle bool   `json:"path_style,omitempty"`
}

func defaultBackups() Backups {
	return Backups{At: "03:00", Hours: 24, LocalDays: 7, Days: 30, Weekly: 5, Monthly: 12,
		Drill: "weekly", DrillDays: 7, Recipients: []string{}, Places: []BackupPlace{}}
}

// Clock is the hour and minute of the daily backup.
func (b Backups) Clock() (hour, minute int) {
	at, err := time.Parse("15:04", b.At)
	if err != nil {
		return 3, 0
	}
	return at.Hour(), at.Minute()
}

// Bounds of what may be kept.
const (
	maxKept   = 3650
	maxPlaces = 10
)

var (
	placeName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	recipient = regexp.MustCompile(`^age1[a-z0-9]{20,}$`)
)

func (b Backups) check() error {
	if _, err := time.Parse("15:04", b.At); err != nil {
		return because("时间“%s”不正确，请写成 03:00 这样的时间", "at %q is no time such as 03:00", b.At)
	}
	for name, n := range map[string][2]int{"hours": {b.Hours, 1}, "local_days": {b.LocalDays, 1},
		"days": {b.Days, 1}, "weekly": {b.Weekly, 0}, "monthly": {b.Monthly, 0},
		"drill_days": {b.DrillDays, 1}} {
		if n[0] < n[1] || n[0] > maxKept {
			return beyond("backups."+name, n[0], n[1], maxKept)
		}
	}
	if b.Drill != "weekly" && b.Drill != "daily" && b.Drill != "off" {
		return because("恢复演练“%s”须为 weekly、daily 或 off", "drill %q is not weekly, daily or off", b.Drill)
	}
	if b.Local != "" && !filepath.IsAbs(b.Local) {
		return because("本机备份目录“%s”不是完整路径", "local %q is not a whole path", b.Local)
	}
	for _, r := range b.Recipients {
		if !recipient.MatchString(r) {
			return because("“%s”不是以 age1 开头的接收公钥", "recipient %q is no age recipient (age1…)", r)
		}
	}
	return b.checkPlaces()
}

func (b Backups) checkPlaces() error {
	if len(b.Places) > maxPlaces {
		return because("%d个存放处太多，最多%d个", "%d places are more than %d", len(b.Places), maxPlaces)
	}
	taken := map[string]bool{"local": true}
	for _, p := range b.Places {
		if !placeName.MatchString(p.Name) || taken[p.Name] {
			return because("存放处“%s”须有不重复的名称，只用小写字母、数字和短横",
				"place %q needs a name of its own of small letters, digits and dashes", p.Name)
		}
		taken[p.Name] = true
		if err := p.check(); err != nil {
			return about("存放处“%s”：", "place %q: ", p.Name, err)
		}
	}
	return nil
}

func (p BackupPlace) check() error {
	switch p.Kind {
	case "folder":
		if !filepath.IsAbs(p.Path) {
			return because("目录“%s”不是完整路径", "path %q is not a whole path", p.Path)
		}
	case "s3":
		u, err := url.Parse(p.Endpoint)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return because("服务地址“%s”不正确，请写成 https://oss-cn-shanghai.aliyuncs.com 这样的地址",
				"endpoint %q is no address such as https://oss-cn-shanghai.aliyuncs.com", p.Endpoint)
		}
		if p.Bucket == "" || p.Region == "" || strings.HasPrefix(p.Prefix, "/") {
			return because("存储桶和区域必填，前缀不以斜杠开头",
				"bucket and region are needed, and a prefix without a leading slash")
		}
	default:
		return because("存放处的种类“%s”须为 folder 或 s3", "kind %q is not folder or s3", p.Kind)
	}
	return nil
}
