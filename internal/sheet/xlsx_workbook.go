package sheet

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"kehu/internal/fault"
)

// maxRelations bounds the relationships of one part.
const maxRelations = 10_000

// Relationship types, without the part that differs between Transitional and Strict.
const (
	relDocument  = "/officeDocument"
	relWorksheet = "/worksheet"
	relStrings   = "/sharedStrings"
	relStyles    = "/styles"
)

// workbook is the container of an .xlsx file.
type workbook struct {
	archive  *archive
	options  Options
	date1904 bool
	sheets   []workSheet
	strings  string // parts, "" when there is none
	styles   string
	slow     bool // without the fast paths; tests compare both

	loaded  bool // texts and formats are read
	texts   *stringTable
	formats []formatClass // by cell format
}

type workSheet struct {
	SheetInfo
	part string
}

type relation struct{ kind, target string }

func openWorkbook(ctx context.Context, r io.ReaderAt, size int64, o Options) (*workbook, error) {
	a, err := openArchive(r, size, o.Limits)
	if err != nil {
		return nil, err
	}
	w := &workbook{archive: a, options: o}
	part, err := w.mainPart(ctx)
	if err != nil {
		return nil, broken(err)
	}
	if err := w.readOutline(ctx, part); err != nil {
		return nil, broken(err)
	}
	if len(w.sheets) > o.Limits.Sheets {
		return nil, ErrTooManySheets.With("count", len(w.sheets), "limit", o.Limits.Sheets)
	}
	return w, nil
}

// broken makes damage outside of a sheet the fault of the file.
func broken(err error) error {
	if d := (*damage)(nil); errors.As(err, &d) {
		if f, ok := fault.Of(err); ok {
			return f
		}
		return ErrBroken.Because(err)
	}
	return err
}

// mainPart finds the workbook part, or says what else the archive is.
func (w *workbook) mainPart(ctx context.Context) (string, error) {
	part := "xl/workbook.xml"
	if w.archive.has("_rels/.rels") {
		relations, err := w.relations(ctx, "")
		if err != nil {
			return "", err
		}
		if named, err := theOne(relations, relDocument); err != nil {
			return "", err
		} else if named != "" {
			part = named
		}
	}
	switch {
	case strings.HasSuffix(part, ".bin") || w.archive.has("xl/workbook.bin"):
		return "", ErrXLSB
	case w.archive.has(part):
		return part, nil
	case w.archive.has("mimetype") && w.archive.has("content.xml"):
		return "", ErrODS
	}
	return "", ErrNoWorkbook
}

// theOne returns the target of the one relationship of a kind, "" where there is none.
func theOne(relations map[string]relation, kind string) (string, error) {
	target := ""
	for _, r := range relations {
		if !strings.HasSuffix(r.kind, kind) {
			continue
		}
		if target != "" && target != r.target {
			return "", &damage{why: "two parts of the kind " + kind, offset: -1}
		}
		target = r.target
	}
	return target, nil
}

// relations reads the relationships of a part ("" is the package), by id.
func (w *workbook) relations(ctx context.Context, part string) (map[string]relation, error) {
	dir, file := path.Split(part)
	x, err := w.scan(ctx, dir+"_rels/"+file+".rels")
	if err != nil {
		return nil, err
	}
	found := map[string]relation{}
	for {
		t, err := x.next()
		if err != nil || t == tokenEOF {
			return found, err
		}
		if t != tokenStart || x.space != spacePackage || string(x.local) != "Relationship" {
			continue
		}
		if mode, _ := x.attr("TargetMode"); string(mode) == "External" {
			continue
		}
		id, kind, target := x.attrString("Id"), x.attrString("Type"), x.attrString("Target")
		if _, twice := found[id]; twice || id == "" || len(found) == maxRelations {
			return nil, x.damage("relationships")
		}
		found[id] = relation{kind: kind, target: resolvePart(dir, target)}
	}
}

// resolvePart makes a target absolute; part names carry no leading slash here.
func resolvePart(dir, target string) string {
	target = strings.ReplaceAll(target, `\`, "/")
	if !strings.HasPrefix(target, "/") {
		target = "/" + dir + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

func (x *xmlScanner) attrString(local string) string {
	value, _ := x.attr(local)
	return string(value)
}

func (w *workbook) scan(ctx context.Context, part string) (*xmlScanner, error) {
	r, err := w.archive.open(ctx, part)
	if err != nil {
		return nil, err
	}
	return newXMLScanner(r, windowBytes)
}

// listed is a sheet as the workbook part names it.
type listed struct {
	name, id string
	hidden   bool
}

// readOutline reads the list of sheets and where they lie.
func (w *workbook) readOutline(ctx context.Context, part string) error {
	all, err := w.readWorkbook(ctx, part)
	if err != nil {
		return err
	}
	relations, err := w.relations(ctx, part)
	if err != nil {
		return err
	}
	if w.strings, err = theOne(relations, relStrings); err != nil {
		return err
	}
	if w.styles, err = theOne(relations, relStyles); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, s := range all {
		r, known := relations[s.id]
		folded := strings.ToLower(s.name)
		if !known || s.name == "" || names[folded] {
			return &damage{why: "list of sheets", offset: -1}
		}
		names[folded] = true
		if !strings.HasSuffix(r.kind, relWorksheet) {
			continue // chart sheets and dialogs hold no rows
		}
		if strings.HasSuffix(r.target, ".bin") {
			return ErrXLSB
		}
		w.sheets = append(w.sheets, workSheet{part: r.target, SheetInfo: SheetInfo{
			Name: s.name, Index: len(w.sheets), Hidden: s.hidden,
		}})
	}
	if len(w.sheets) == 0 {
		return ErrNoWorkbook
	}
	return nil
}

// readWorkbook reads the workbook part.
func (w *workbook) readWorkbook(ctx context.Context, part string) ([]listed, error) {
	x, err := w.scan(ctx, part)
	if err != nil {
		return nil, err
	}
	var all []listed
	inSheets := false
	for {
		t, err := x.next()
		if err != nil || t == tokenEOF {
			return all, err
		}
		if t != tokenStart {
			continue
		}
		switch depth := len(x.stack); {
		case depth == 1 && !x.isMain("workbook"):
			return nil, ErrNoWorkbook
		case depth == 2:
			inSheets = x.isMain("sheets")
			if value, given := x.attr("date1904"); given && x.isMain("workbookPr") {
				w.date1904 = isTrue(value)
			}
		case !x.isMain("sheet"):
		case depth != 3 || !inSheets:
			return nil, x.damage("a sheet out of the list of sheets")
		default:
			s := listed{name: x.attrString("name")}
			state, _ := x.attr("state")
			s.hidden = len(state) > 0 && string(state) != "visible"
			id, _ := x.attrIn(spaceRelation, "id")
			s.id = string(id)
			if all = append(all, s); len(all) > maxRelations {
				return nil, x.damage("list of sheets")
			}
		}
	}
}

func isTrue(value []byte) bool {
	return string(value) == "1" || string(value) == "true" || string(value) == "on"
}

// load reads the shared strings and the formats, once, before the first sheet.
func (w *workbook) load(ctx context.Context) error {
	if w.loaded {
		return nil
	}
	if w.styles != "" {
		x, err := w.scan(ctx, w.styles)
		if err == nil {
			w.formats, err = readFormats(x)
		}
		if err != nil {
			return broken(err)
		}
	}
	if len(w.formats) == 0 {
		w.formats = make([]formatClass, 1) // format 0 is General
	}
	w.texts = newStringTable(w.options)
	if w.strings != "" {
		x, err := w.scan(ctx, w.strings)
		if err == nil {
			err = w.readStrings(x)
		}
		if err != nil {
			return errors.Join(broken(err), w.close())
		}
	}
	w.loaded = true
	return nil
}

func (w *workbook) list() []SheetInfo {
	all := make([]SheetInfo, len(w.sheets))
	for i := range w.sheets {
		all[i] = w.sheets[i].SheetInfo
	}
	return all
}

func (w *workbook) close() error {
	w.loaded = false
	if w.texts == nil {
		return nil
	}
	texts := w.texts
	w.texts = nil
	return texts.close()
}

func (w *workbook) inspect(ctx context.Context, s SheetInfo) (Info, error) {
	scan, err := w.openSheet(ctx, s, false)
	if err != nil {
		return Info{}, err
	}
	var row Row
	for {
		more, err := scan.next(&row)
		if err != nil {
			return Info{}, err
		}
		if !more {
			return scan.result()
		}
	}
}

func (w *workbook) rows(ctx context.Context, s SheetInfo) (rowSource, error) {
	return w.openSheet(ctx, s, true)
}
