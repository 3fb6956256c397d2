package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"iter"
)

// Annotate writes the user's own workbook to w with what is wrong in the named sheet marked: the
// wrong cells are red and carry the reason as a comment, and one column 错误 behind the header
// holds the reasons of each row, under the filter. Formats, formulas, pictures and other sheets
// stay; rows without errors and untouched parts are copied byte by byte. The marks of an earlier
// run are taken away first; its column is used again, wherever it stands.
//
// src is the .xlsx of the given size; headerRow is 1-based; the marks come in ascending order of
// rows, and an error that they yield is returned as it is. Memory stays bounded whatever the size
// of the sheet, and nothing is written to disk.
//
// Beyond MaxComments only the red and the column tell the reasons. A cell with a threaded comment
// keeps it and gets no other. Cells of a merged area are marked where the row has them.
//
// The refusals are the faults annotate_…; what was written to w until then is to be thrown away.
func Annotate(
	w io.Writer, src io.ReaderAt, size int64, sheetName string, headerRow int,
	marks iter.Seq2[RowMarks, error],
) error {
	if headerRow < 1 || headerRow >= MaxSheetRows {
		return fmt.Errorf("sheet: a header in row %d, which no sheet has", headerRow)
	}
	queue, err := newMarkQueue(marks)
	defer queue.stop()
	if err != nil {
		return err
	}
	p, err := openParcel(src, size)
	if err != nil {
		return err
	}
	a := &annotation{parcel: p, sheetName: sheetName, headerRow: headerRow,
		marked: queue.head != nil, changed: map[string][]byte{}}
	for _, step := range []func() error{a.locate, a.look, a.plan, a.link} {
		if err := step(); err != nil {
			return readFault(err)
		}
	}
	queue.first, queue.end = a.first, min(a.last+1, a.first+maxPainted)
	a.out = zip.NewWriter(w)
	useDeflate(a.out)
	if err := a.copyParts(queue); err != nil {
		return err
	}
	if err := a.writeLate(); err != nil {
		return err
	}
	return a.out.Close()
}

// copyParts goes through the zip in its order: unchanged parts are copied compressed as they are;
// those that depend on the sheet follow at the end.
func (a *annotation) copyParts(queue *markQueue) error {
	late := map[string]bool{partKey(a.styles): true, partKey(a.comments): true,
		partKey(a.boxes): true}
	for _, f := range a.zip.File {
		key := partKey(f.Name)
		raw, changed := a.changed[key]
		var err error
		switch {
		case key == partKey(a.sheet):
			err = a.copySheet(queue)
		case changed:
			err = a.write(f.Name, raw)
		case !late[key]:
			err = a.keep(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *annotation) copySheet(queue *markQueue) error {
	w, err := a.create(a.sheet)
	if err != nil {
		return err
	}
	return a.patchSheet(w, queue)
}

// writeLate writes the parts that are known once the sheet is: formats, comments and their boxes,
// and the relations that the workbook did not have.
func (a *annotation) writeLate() error {
	for _, name := range a.added {
		if raw, ok := a.changed[partKey(name)]; ok {
			if err := a.write(name, raw); err != nil {
				return err
			}
		}
	}
	if err := a.writeStyles(); err != nil {
		return err
	}
	if a.comments == "" {
		return a.writeBoxes(nil, nil)
	}
	w, err := a.create(a.comments)
	if err != nil {
		return err
	}
	boxed, gone := a.notes.list, map[int]bool(nil)
	if a.freshNotes {
		err = writeNotes(w, CommentAuthor, commentMark+"\n", a.notes.list)
	} else {
		boxed, gone, err = a.patchNotes(w)
	}
	if err != nil {
		return err
	}
	return a.writeBoxes(boxed, gone)
}

func (a *annotation) writeStyles() error {
	switch {
	case a.styles == "":
		return nil
	case !a.book.changed() && a.has(a.styles):
		return a.keep(a.parts[partKey(a.styles)])
	}
	return a.write(a.styles, a.book.bytes())
}

func (a *annotation) writeBoxes(notes []cellNote, gone map[int]bool) error {
	if a.boxes == "" {
		return nil
	}
	w, err := a.create(a.boxes)
	if err != nil {
		return err
	}
	if a.freshBoxes {
		return writeNoteBoxes(w, notes)
	}
	return a.patchBoxes(w, notes, gone)
}
