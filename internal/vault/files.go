package vault

import "io"

// fileVersion is the first byte of every file before it is encrypted. It leaves room for other
// forms, and it makes no file empty: Tink's reader takes an empty one for one with another key.
const fileVersion = 1

// EncryptWriter returns a writer that encrypts into w as it goes, in memory of a few MiB however
// long the file is. The file is whole only after Close. The context, such as the file's storage
// key, must be given again to read it.
func (k *Keysets) EncryptWriter(w io.Writer, context string) (io.WriteCloser, error) {
	e, err := k.now.Load().fileAEAD.NewEncryptingWriter(w, bind("file", context))
	if err != nil {
		return nil, KeysFailed.Because(err)
	}
	if _, err := e.Write([]byte{fileVersion}); err != nil {
		return nil, err
	}
	return e, nil
}

// DecryptReader returns a reader of what EncryptWriter wrote. Every byte that it gives has been
// authenticated; a file that was cut short ends with the fault FileDamaged instead of io.EOF. The
// first segment is read at once, so that a wrong key or context is known before any byte is sent.
// Errors of r itself are given as they are.
func (k *Keysets) DecryptReader(r io.Reader, context string) (io.Reader, error) {
	source := &sourceReader{r: r}
	d, err := k.now.Load().fileAEAD.NewDecryptingReader(source, bind("file", context))
	if err != nil {
		return nil, source.explain(err)
	}
	version := make([]byte, 1)
	if _, err := io.ReadFull(d, version); err != nil {
		return nil, source.explain(err)
	}
	if version[0] != fileVersion {
		return nil, FileDamaged
	}
	return &decryptReader{d, source}, nil
}

// sourceReader remembers the error of the underlying reader, which is not the file's fault.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *sourceReader) explain(err error) error {
	if s.err != nil {
		return s.err
	}
	return FileDamaged.Because(err)
}

type decryptReader struct {
	r      io.Reader
	source *sourceReader
}

func (d *decryptReader) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = d.source.explain(err)
	}
	return n, err
}
