package hooks

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/security"

	"kehu/collections"
	"kehu/internal/fields"
	"kehu/internal/vault"
)

// fileSeal encrypts what is about to be stored, after its content was checked and before it
// reaches the disk. The stored name is random: the name a person gave may be somebody's name.
func (h *House) fileSeal(e *core.RecordEvent) error {
	defer h.rotation.pass.enter()() // a rotation of keys waits for files on their way
	for _, f := range e.Record.Collection().Fields {
		if f.Type() != core.FieldTypeFile {
			continue
		}
		for _, file := range e.Record.GetUnsavedFiles(f.GetName()) {
			file.Name = security.RandomString(20) + strings.ToLower(path.Ext(file.Name))
			file.OriginalName = file.Name
			file.Reader = sealing{file.Reader, h.keys, fileContext(e.Record, file.Name)}
		}
	}
	return e.Next()
}

// fileContext binds an encrypted file to its record: it cannot be put in another's place.
func fileContext(record *core.Record, name string) string {
	return record.Collection().Name + "/" + record.Id + "/" + name
}

// sealing gives PocketBase's storage the encrypted form of a file, as a stream.
type sealing struct {
	plain   filesystem.FileReader
	keys    *vault.Keysets
	context string
}

// Open starts the encryption.
func (s sealing) Open() (io.ReadSeekCloser, error) {
	stream := &sealedStream{sealing: s}
	return stream, stream.start()
}

type sealedStream struct {
	sealing
	source io.ReadSeekCloser
	pipe   *io.PipeReader
}

func (s *sealedStream) start() error {
	source, err := s.plain.Open()
	if err != nil {
		return err
	}
	reader, writer := io.Pipe()
	s.source, s.pipe = source, reader
	go func() {
		sealed, err := s.keys.EncryptWriter(writer, s.context)
		if err == nil {
			_, err = io.Copy(sealed, source)
		}
		if err == nil {
			err = sealed.Close()
		}
		writer.CloseWithError(err)
	}()
	return nil
}

// Read gives encrypted bytes.
func (s *sealedStream) Read(p []byte) (int, error) { return s.pipe.Read(p) }

var errSeek = errors.New("an encrypted stream only goes back to its start")

// Seek goes back to the start, which is all that the storage asks for.
func (s *sealedStream) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errSeek
	}
	if err := s.Close(); err != nil {
		return 0, err
	}
	return 0, s.start()
}

// Close ends the encryption.
func (s *sealedStream) Close() error {
	s.pipe.CloseWithError(io.ErrClosedPipe)
	return s.source.Close()
}

// openStored reads a stored file in plain. The caller closes it.
func (h *House) openStored(app core.App, record *core.Record, name string) (io.ReadCloser, error) {
	files, err := app.NewFilesystem()
	if err != nil {
		return nil, err
	}
	stored, err := files.GetReader(record.BaseFilesPath() + "/" + name)
	if err != nil {
		files.Close()
		return nil, err
	}
	plain, err := h.keys.DecryptReader(stored, fileContext(record, name))
	if err != nil {
		return nil, errors.Join(err, stored.Close(), files.Close())
	}
	return &openFile{plain, stored, files}, nil
}

type openFile struct {
	io.Reader
	stored io.Closer
	files  io.Closer
}

// Close closes the stored file and its storage.
func (f *openFile) Close() error { return errors.Join(f.stored.Close(), f.files.Close()) }

// fileDownload sends a stored file in plain to whoever PocketBase found allowed to have it: as a
// download, never as a page of our own origin.
func (h *House) fileDownload(e *core.FileDownloadRequestEvent) error {
	if e.FileField.Hidden || !h.mayOpen(e) {
		return refuse(e.RequestEvent, http.StatusNotFound, ErrMissingRecord)
	}
	plain, err := h.openStored(e.App, e.Record, path.Base(e.ServedName))
	if err != nil {
		return refuse(e.RequestEvent, http.StatusNotFound, ErrMissingRecord.Because(err))
	}
	defer plain.Close()
	err = h.noteLater(h.byFileToken(e.RequestEvent), actDownload, onRecord(e.Record),
		map[string]any{"field": e.FileField.Name, "file": path.Base(e.ServedName)})
	if err != nil {
		return err
	}
	return sendFile(e.RequestEvent, e.ServedName, plain)
}

// mayOpen: the row is the asker's to read by now; the file asks for more where its content does.
// Who asks is in the file token, as for PocketBase itself.
func (h *House) mayOpen(e *core.FileDownloadRequestEvent) bool {
	f, listed := fields.Get(e.Record.Collection().Name, e.FileField.Name)
	if !listed {
		return true
	}
	auth, err := e.App.FindAuthRecordByToken(e.Request.URL.Query().Get("token"), core.TokenTypeFile)
	if err != nil {
		return false
	}
	reader, err := collections.ReaderOf(e.App, auth)
	return err == nil && reader.Opens(f)
}

// sendFile streams a file as a download.
func sendFile(e *core.RequestEvent, name string, content io.Reader) error {
	header := e.Response.Header()
	header.Set("Content-Type", mimeType(name))
	header.Set("Content-Disposition", mime.FormatMediaType("attachment",
		map[string]string{"filename": name}))
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	first := make([]byte, 32<<10) // an unreadable file is an error, not half an answer
	n, err := io.ReadFull(content, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(e, http.StatusNotFound, ErrMissingRecord.Because(err))
	}
	e.Response.WriteHeader(http.StatusOK)
	if _, err := io.Copy(e.Response, io.MultiReader(bytes.NewReader(first[:n]), content)); err != nil {
		return nil // the answer has begun: the connection breaks off
	}
	return nil
}

func mimeType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".pdf":
		return "application/pdf"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}
