// Sbom lists what a program of Go contains, as a CycloneDX document: the modules that its linker
// wrote into it, with version and sum. It is made from the program and not from go.mod, so it
// names what is in there and nothing else.
package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"debug/buildinfo"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	version := flag.String("version", "dev", "of the product")
	seconds := flag.Int64("time", 0, "of the sources, in seconds since 1970")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: sbom -version VERSION -time SECONDS PROGRAM")
	}
	document, err := describe(flag.Arg(0), *version, time.Unix(*seconds, 0))
	if err == nil {
		err = write(os.Stdout, document)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func write(w io.Writer, document *cdx.BOM) error {
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(document, cdx.SpecVersion1_5)
}

// describe reads a program. The serial number comes of its bytes, so that the same program has the
// same list.
func describe(path, version string, at time.Time) (*cdx.BOM, error) {
	build, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	product := component(build.Main.Path, version)
	product.Type = cdx.ComponentTypeApplication
	product.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	product.Properties = &[]cdx.Property{{Name: "file", Value: filepath.Base(path)}}
	document := cdx.NewBOM()
	document.SerialNumber = serialOf(content)
	document.Metadata = &cdx.Metadata{Timestamp: at.UTC().Format(time.RFC3339), Component: &product}
	needed := []string{}
	components := []cdx.Component{}
	standard := component("std", build.GoVersion[len("go"):])
	components, needed = append(components, standard), append(needed, standard.BOMRef)
	for _, m := range build.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		one := component(m.Path, m.Version)
		one.Properties = &[]cdx.Property{{Name: "go.sum", Value: m.Sum}}
		components, needed = append(components, one), append(needed, one.BOMRef)
	}
	document.Components = &components
	document.Dependencies = &[]cdx.Dependency{{Ref: product.BOMRef, Dependencies: &needed}}
	return document, nil
}

// component is a module by its package address (purl).
func component(path, version string) cdx.Component {
	purl := fmt.Sprintf("pkg:golang/%s@%s", path, version)
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
}

// serialOf is a UUID (version 8, RFC 9562: made as its maker likes) of a program's bytes.
func serialOf(content []byte) string {
	id := sha512.Sum512(content)
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}
