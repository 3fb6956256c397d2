// Package recovery makes the recovery sheet: the paper that opens the register when the machine is
// gone. Each secret is a section of its own, as text that can be typed and as a QR code.
package recovery

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
)

// Section is one secret of the sheet.
type Section struct {
	Title string // 主密钥 Root key
	Text  string // the secret itself
	Opens string // what it opens, and what it does not
	Name  string // its fingerprint, which may be known
}

// Sheet is what is printed and put away.
type Sheet struct {
	Made     time.Time
	Place    string // which register it belongs to: its directories
	Sections []Section
}

// quiet is the white border of a QR code in modules (ISO/IEC 18004 §9.1 asks for 4).
const quiet = 4

// modules is a QR code as rows of black (true) modules with its border.
func modules(text string) ([][]bool, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	size := code.Bounds().Dx()
	rows := make([][]bool, size+2*quiet)
	for y := range rows {
		rows[y] = make([]bool, size+2*quiet)
	}
	for y := range size {
		for x := range size {
			r, _, _, _ := code.At(x, y).RGBA()
			rows[y+quiet][x+quiet] = r == 0
		}
	}
	return rows, nil
}

// WriteText writes the sheet for a terminal or a plain printer.
func (s *Sheet) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "客户登记 恢复表 / Kehu recovery sheet\n%s\n%s\n", s.Made.Format("2006-01-02 15:04"),
		s.Place)
	for _, section := range s.Sections {
		rows, err := modules(section.Text)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n%s（%s）\n\n  %s\n\n%s\n\n", section.Title, section.Name, section.Text,
			section.Opens)
		for y := 0; y < len(rows); y += 2 {
			for x := range rows[y] {
				below := y+1 < len(rows) && rows[y+1][x]
				b.WriteString(map[[2]bool]string{{true, true}: " ", {true, false}: "▄",
					{false, true}: "▀", {false, false}: "█"}[[2]bool{rows[y][x], below}])
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\n请打印后与数据分开保存，不要拍照或发送。拿到本表和数据的人可以读到一切。\n" +
		"Print it and keep it apart from the data. Whoever has both reads everything.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// path is the black modules of a QR code as one SVG path.
func path(text string) (string, error) {
	rows, err := modules(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for y, row := range rows {
		for x, black := range row {
			if black {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), nil
}

var page = template.Must(template.New("sheet").Funcs(template.FuncMap{"path": path,
	"size": func(text string) (int, error) {
		rows, err := modules(text)
		return len(rows), err
	}}).Parse(`<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>客户登记 恢复表</title>
<style>body{font:14px/1.6 sans-serif;max-width:44em;margin:2em auto}code{font:16px monospace;
word-break:break-all}svg{width:60mm;height:60mm}section{break-inside:avoid}</style></head><body>
<h1>客户登记 恢复表 / Kehu recovery sheet</h1>
<p>{{.Made.Format "2006-01-02 15:04"}} · {{.Place}}</p>
{{range .Sections}}<section><h2>{{.Title}}</h2><p>{{.Name}}</p><p><code>{{.Text}}</code></p>
<svg viewBox="0 0 {{size .Text}} {{size .Text}}"><path d="{{path .Text}}"/></svg>
<p>{{.Opens}}</p></section>
{{end}}<p>请打印后与数据分开保存，不要拍照或发送。拿到本表和数据的人可以读到一切。<br>
Print it and keep it apart from the data. Whoever has both reads everything.</p>
</body></html>
`))

// WriteHTML writes the sheet as one page without anything from elsewhere.
func (s *Sheet) WriteHTML(w io.Writer) error { return page.Execute(w, s) }
