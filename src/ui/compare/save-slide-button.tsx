import { Button, Text } from '@mantine/core';
import { IconPhotoDown } from '@tabler/icons-react';
import { useRef, useState, type RefObject } from 'react';
import { messageOf } from '../../core/studio-error';
import { saveSlide } from './save-slide';

/** A button that saves what is compared as a picture for a slide. */
export function SaveSlideButton({ slide }: { slide: RefObject<HTMLDivElement | null> }) {
  const [failed, setFailed] = useState<string | null>(null);
  const isSaving = useRef(false);
  const save = async () => {
    if (isSaving.current || !slide.current) return;
    isSaving.current = true;
    try {
      await saveSlide(slide.current);
      setFailed(null);
    } catch (thrown) {
      setFailed(messageOf(thrown));
    } finally {
      isSaving.current = false;
    }
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPhotoDown size={16} aria-hidden />}
        onClick={() => void save()}
      >
        Save slide
      </Button>
      {failed !== null && (
        <Text size="xs" c="red" role="alert">
          The picture could not be made ({failed}). Take a screenshot instead.
        </Text>
      )}
    </>
  );
}
