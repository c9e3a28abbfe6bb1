// A server that Go's own protobuf library reads the schema for: main SET serves every unary method of a descriptor
// set, with reflection. It answers with what it was sent, read and written again, and prints that as JSON.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// services lists those of a schema for the reflection service.
type services struct{ files *protoregistry.Files }

func (s services) GetServiceInfo() map[string]grpc.ServiceInfo {
	found := map[string]grpc.ServiceInfo{}
	s.files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			found[string(file.Services().Get(i).FullName())] = grpc.ServiceInfo{}
		}
		return true
	})
	return found
}

func main() {
	encoded, err := os.ReadFile(os.Args[1])
	check(err)
	set := &descriptorpb.FileDescriptorSet{}
	check(proto.Unmarshal(encoded, set))
	files, err := protodesc.NewFiles(set)
	check(err)
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Extensions().Len() {
			// Those of protobuf itself are there.
			extension := dynamicpb.NewExtensionType(file.Extensions().Get(i))
			if file.Package() != "pb" && file.Package() != "google.api" {
				check(protoregistry.GlobalTypes.RegisterExtension(extension))
			}
		}
		return true
	})

	echo := func(_ any, stream grpc.ServerStream) error {
		path, _ := grpc.MethodFromServerStream(stream)
		name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "."))
		found, err := files.FindDescriptorByName(name)
		method, ok := found.(protoreflect.MethodDescriptor)
		if err != nil || !ok || method.Input() != method.Output() {
			return status.Errorf(codes.Unimplemented, "no %s", name)
		}
		message := dynamicpb.NewMessage(method.Input())
		if err := stream.RecvMsg(message); err != nil {
			return err
		}
		shown, err := protojson.Marshal(message)
		if err != nil {
			return err
		}
		fmt.Println(string(shown))
		return stream.SendMsg(message)
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(echo))
	options := reflection.ServerOptions{Services: services{files}, DescriptorResolver: files}
	reflectionpb.RegisterServerReflectionServer(server, reflection.NewServerV1(options))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	log.Printf("listening at %v", listener.Addr())
	check(server.Serve(listener))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
